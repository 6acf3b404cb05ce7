"""Reads YAML into plain values and remembers at which line each of them stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from config.faults import Fault, Mark, Path, dotted

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
        self._faulty: set[Path] = set()  # where something is wrong, and all that is around it
        self.whole = True  # False: a file could not be read, so what is missing may stand there

    def mark(self, path: Path) -> Mark:
        """Where the value at this path stands, or the nearest thing around it."""
        for length in range(len(path), 0, -1):
            found = self.marks.get(path[:length])
            if found:
                return found
        return self.marks.get((), Mark("", 0))

    def fault(self, path: Path, what: str, what_to_do: str, mark: Mark | None = None) -> None:
        """Note something wrong at a path."""
        at = mark or self.mark(path)
        self.faults.append(Fault(at.file, at.line, dotted(path), what, what_to_do))
        self._faulty.update(path[:length] for length in range(1, len(path) + 1))

    def faulty(self, path: Path) -> bool:
        """Whether something is known to be wrong at this path, or beneath it."""
        return path in self._faulty


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
                continue
            document.marks[inner_path] = inner_mark
            there[inner] = reader.value(inner_node, inner_path)


def _twice(document: Document, path: Path, mark: Mark, cure: str) -> None:
    document.fault(path, f"stands already at {document.mark(path)}", cure, mark)


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
            self.document.fault((), what, cure, Mark(self.name, line))
            self.document.whole = False
            return None
        return root

    def entries(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Node, Mark]]:
        """Keys as written, with their values and places; twins and odd keys are faults."""
        first: dict[str, Mark] = {}
        for key_node, value_node in node.value:
            mark = Mark(self.name, _line(key_node))
            if not isinstance(key_node, ScalarNode):
                self.document.fault(path, "has a key that is no word", "use plain words", mark)
                continue
            key = str(key_node.value)
            if key == "<<":
                self.document.fault(path, "uses <<, which is not read", "write the keys out", mark)
            elif key in first:
                cure = f"keep one; the other is at {first[key]}"
                self.document.fault((*path, key), "is written twice", cure, mark)
            else:
                first[key] = mark
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
