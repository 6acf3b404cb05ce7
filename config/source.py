"""Reads YAML into plain values and remembers at which line each of them stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from config.faults import ANY, Fault, Mark, Path, dotted

MAX_FILE_BYTES = 4 * 2**20
MAX_NODES = 500_000  # aliases of aliases grow beyond all bounds
MAX_DEPTH = 50
MAX_DIGITS = 19  # longer numbers are names

_TAG = "tag:yaml.org,2002:"
_BOOLEANS = {"true": True, "false": False}


class Document:
    """What was read: `data`, the place of every value, and numbers as they were written."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.marks: dict[Path, Mark] = {}
        self.written: dict[Path, str] = {}
        self.filled: set[Path] = set()  # came from the environment or a file: never shown
        self.faults: list[Fault] = []
        self.whole = True  # False: a file could not be read, so what is missing may stand there
        self._wrong: set[Path] = set()  # what stands here is not what was meant
        self._around: set[Path] = set()  # the same, and all that is around it
        self._doubted: set[Path] = set()  # more is said of what stands here, and all around it
        self._dropped: dict[Path, list[int]] = {}  # of lists: places that were taken out

    def mark(self, path: Path) -> Mark:
        """Where the value at this path stands, or the nearest thing around it."""
        for length in range(len(path), 0, -1):
            found = self.marks.get(path[:length])
            if found:
                return found
        return self.marks.get((), Mark("", 0))

    def fault(self, path: Path, what: str, what_to_do: str, mark: Mark | None = None) -> None:
        """Note that the value at a path is none that can be used."""
        self._list(path, what, what_to_do, mark)
        self.distrust(path)

    def remark(self, path: Path, what: str, what_to_do: str, mark: Mark | None = None) -> None:
        """Note something wrong about a value that is a good one by itself."""
        self._list(path, what, what_to_do, mark)
        self._doubted.update(_around(path))

    def distrust(self, path: Path) -> None:
        """From now on nothing is concluded from what stands at this path."""
        self._wrong.update(_patterns(path))
        self._around.update(_around(path))

    def drop(self, path: Path) -> None:
        """Remember that an entry of a list was taken out; those behind it have moved up."""
        *before, place = self.original(path)
        assert isinstance(place, int)
        self._dropped.setdefault(tuple(before), []).append(place)

    def original(self, path: Path) -> Path:
        """The path as it was before entries of lists were taken out."""
        out: Path = ()
        for part in path:
            here = part
            for gone in sorted(self._dropped.get(out, ())):
                if isinstance(here, int) and gone <= here:
                    here += 1
            out = (*out, here)
        return out

    def broken(self, path: Path) -> bool:
        """Whether the value at this path, or one that it is part of, cannot be used."""
        return any(path[:length] in self._wrong for length in range(1, len(path) + 1))

    def faulty(self, path: Path) -> bool:
        """Whether that is so, or something within the value cannot be used."""
        return path in self._around or self.broken(path)

    def doubtful(self, path: Path) -> bool:
        """Whether a conclusion from this value, or from its absence, may be a wrong one."""
        return self.faulty(path) or path in self._doubted or not self._whole_at(path)

    def _whole_at(self, path: Path) -> bool:
        """Whether a file that could not be read has nothing to say of this path."""
        holder = self.data.get(str(path[0])) if path else None
        return (
            self.whole
            or isinstance(holder, list)
            or (isinstance(holder, dict) and len(path) > 1 and path[1] in holder)
        )

    def _list(self, path: Path, what: str, what_to_do: str, mark: Mark | None) -> None:
        at = mark or self.mark(path)
        self.faults.append(Fault(at.file, at.line, dotted(path), what, what_to_do))


def _patterns(path: Path) -> Iterator[Path]:
    """The path, and with ANY in the place of each part."""
    yield path
    yield from ((*path[:n], ANY, *path[n + 1 :]) for n in range(len(path)))


def _around(path: Path) -> Iterator[Path]:
    """The path and what it is part of, each with ANY in the place of each part."""
    for length in range(1, len(path) + 1):
        yield from _patterns(path[:length])


def read(texts: Mapping[str, bytes]) -> Document:
    """Read files by name and merge them by top-level key; every fault is in the document."""
    document = Document()
    for name, text in texts.items():
        reader = _Reader(document, name)
        root = reader.compose(text)
        if root is not None:
            _merge(document, reader, root)
    return document


def _merge(document: Document, reader: "_Reader", root: MappingNode) -> None:
    """A key of two files must be a mapping in both, with different keys."""
    for key, node, mark in reader.entries(root, ()):
        path = (key,)
        if key not in document.data:
            document.marks[path] = mark
            document.data[key] = reader.value(node, path)
            continue
        there = document.data[key]
        if not isinstance(there, dict) or not isinstance(node, MappingNode):
            _twice(document, path, mark, "write it in one file only")
            continue
        for inner, inner_node, inner_mark in reader.entries(node, path):
            inner_path = (key, inner)
            if inner in there:
                _twice(document, inner_path, inner_mark, "keep one of the two")
                _add(document, reader, there[inner], inner_node, inner_path)
                continue
            document.marks[inner_path] = inner_mark
            there[inner] = reader.value(inner_node, inner_path)


def _add(document: Document, reader: "_Reader", there: Any, node: Node, path: Path) -> None:
    """What only the second of two mappings says is read too, for whatever is wrong with it."""
    if isinstance(there, dict) and isinstance(node, MappingNode):
        for key, inner, mark in reader.entries(node, path):
            if key not in there:
                document.marks[*path, key] = mark
                there[key] = reader.value(inner, (*path, key))


def _twice(document: Document, path: Path, mark: Mark, cure: str) -> None:
    document.remark(path, f"stands already at {document.mark(path)}", cure, mark)


class _Reader:
    """Reads one file into a document."""

    def __init__(self, document: Document, name: str) -> None:
        self.document = document
        self.name = name
        self.nodes = 0
        self.open: list[Node] = []

    def compose(self, raw: bytes) -> MappingNode | None:
        """The root of a file; None when it is empty or cannot be read."""
        try:
            if len(raw) > MAX_FILE_BYTES:
                raise ValueError(f"is larger than {MAX_FILE_BYTES} bytes; split the file")
            root = YAML(typ="safe", pure=True).compose(raw.decode("utf-8-sig"))
            if root is None or _is_null(root):
                return None
            if not isinstance(root, MappingNode):
                raise ValueError("is no mapping; begin with a key and a colon")  # noqa: TRY004
        except (YAMLError, RecursionError, ValueError) as error:
            line, what, cure = _cause(error, raw)
            self.document.remark((), what, cure, Mark(self.name, line))
            self.document.whole = False
            return None
        return root

    def entries(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Node, Mark]]:
        """Keys as written, with their values and places; twins and odd keys are faults."""
        found: dict[str, tuple[Node, Mark]] = {}
        merged: dict[str, Node] = {}  # by <<: read, so that what they say is not missed
        for key_node, value_node in node.value:
            mark = Mark(self.name, _line(key_node))
            if not isinstance(key_node, ScalarNode):
                self.document.remark(path, "has a key that is no word", "use plain words", mark)
                continue
            key = str(key_node.value)
            if key == "<<":
                self.document.remark(path, "uses <<, which is not read", "write the keys out", mark)
                merged.update(_named(value_node))
            elif key in found:
                first, at = found[key]
                cure = f"keep one; the other is at {at}"
                self.document.remark((*path, key), "is written twice", cure, mark)
                found[key] = _joined(first, value_node), at
            else:
                found[key] = value_node, mark
        for key, inner in merged.items():
            found.setdefault(key, (inner, Mark(self.name, _line(inner))))
        for key, (value_node, mark) in found.items():
            yield key, value_node, mark

    def value(self, node: Node, path: Path) -> Any:
        """The plain value of a node. Called once per place, aliases included."""
        self.nodes += 1
        self.document.marks.setdefault(path, Mark(self.name, _line(node)))
        if node in self.open or self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            self.document.fault(path, "is nested without end", "write it out without aliases")
            return None
        self.open.append(node)
        try:
            return self._value(node, path)
        finally:
            self.open.pop()

    def _value(self, node: Node, path: Path) -> Any:
        match node:
            case MappingNode():
                out: dict[str, Any] = {}
                for key, inner, mark in self.entries(node, path):
                    self.document.marks[*path, key] = mark
                    out[key] = self.value(inner, (*path, key))
                return out
            case SequenceNode():
                return [self.value(inner, (*path, n)) for n, inner in enumerate(node.value)]
        return self._scalar(node, path)

    def _scalar(self, node: Node, path: Path) -> Any:
        text = str(node.value)
        match str(node.tag).removeprefix(_TAG):
            case "null":
                return None
            case "bool" if text.lower() in _BOOLEANS:
                return _BOOLEANS[text.lower()]
            case "int" if text.lstrip("+-").isdigit():
                self.document.written[path] = text
                return int(text) if len(text) < MAX_DIGITS else text
            case "float":
                self.document.written[path] = text
                return float(text.replace("_", "")) if _plain_float(text) else text
            case "str" | "int" | "bool" | "timestamp":
                return text
        self.document.fault(path, f"has the unknown tag {node.tag}", "leave the tag out")
        return None


def _named(node: Node) -> Iterator[tuple[str, Node]]:
    """Keys and values of a mapping, without a look into them."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield str(key.value), value


def _joined(first: Node, second: Node) -> Node:
    """The first of two values of one key, with what only the second mapping says."""
    if not isinstance(first, MappingNode) or not isinstance(second, MappingNode):
        return first
    there = {name for name, _ in _named(first)}
    more = [pair for pair in second.value if str(pair[0].value) not in there]
    return MappingNode(first.tag, [*first.value, *more], first.start_mark, first.end_mark)


def _plain_float(text: str) -> bool:
    return text.lower().lstrip("+-") not in (".inf", ".nan")


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == f"{_TAG}null"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _cause(error: Exception, raw: bytes) -> tuple[int, str, str]:
    """Line, what and cure of a file that cannot be read."""
    match error:
        case UnicodeDecodeError():
            return raw.count(b"\n", 0, error.start) + 1, "is not UTF-8", "save the file as UTF-8"
        case MarkedYAMLError():
            return _syntax(error)
        case ReaderError():
            line = raw.decode("utf-8-sig")[: error.position].count("\n") + 1
            return line, f"holds the control character U+{error.character:04X}", "remove it"
        case YAMLError():
            return 1, f"cannot be read: {_one_line(error)}", "correct it"
        case RecursionError():
            return 1, "is nested without end", f"use at most {MAX_DEPTH} levels"
    what, _, cure = str(error).partition("; ")
    return 1, what, cure


def _syntax(error: MarkedYAMLError) -> tuple[int, str, str]:
    """Line, what and cure of a syntax error."""
    mark = error.problem_mark or error.context_mark
    line = int(mark.line) + 1 if mark else 1
    problem = _one_line(error.problem or error)
    if "'\\t'" in problem or "tab" in problem.split():
        return line, "is indented by a tab", "indent by spaces"
    for words, cure in _CURES:
        if words in problem:
            return line, f"cannot be read: {problem}", cure
    context = f" {error.context}" if error.context else ""
    return line, f"cannot be read: {problem}{context}", "correct the line, or the one above it"


# Words of the YAML reader, and what usually helps.
_CURES = (
    ("mapping values are not allowed", "put text with a colon into quotes"),
    ("cannot start any token", "put the text into quotes"),
    ("undefined alias", "put text that begins with * into quotes"),
    ("end of stream", "close the quote or the bracket"),
    ("another document", "remove the line ---"),
    ("<block end>", "indent by the same number of spaces as the keys around it"),
)
