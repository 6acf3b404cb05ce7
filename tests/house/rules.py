"""The rules of the house, each a function from what is written to what is wrong with it."""

import ast
import gc
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
FIRST_PARTY = ("gateway", "adapters", "routing", "templates", "config")

FUNCTION_LINES = 60
MODULE_LINES = 400

# docs/TRUST.md, version floors.
FLOORS = {
    "aiohttp": "3.14.4",
    "aiosmtplib": "5.1.3",
    "aiosmtpd": "1.4.6",
    "jinja2": "3.1.6",
    "nh3": "0.3.8",
    "cryptography": "50",
}

# A whole string that equals one of these can mean nothing but the adapter.
PLAIN_NAMES = frozenset(
    [
        "twilio_sms",
        "twilio_voice",
        "webchat",
        "whatsapp",
        "messenger",
        "instagram",
        "telegram",
        "wechat",
        "wecom",
    ]
)
# These are ordinary words too: they count only beside something called adapter.
ORDINARY_NAMES = frozenset(("email", "line", "generic"))


class Source(NamedTuple):
    """A Python file of ours: its path from the root, its text, and its tree."""

    path: str
    text: str
    tree: ast.Module


class Finding(NamedTuple):
    """One fault, printed as `path:line: what`."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def parsed(source: str) -> ast.Module:
    """The tree of a source. CPython 3.11 miscounts its depth when the collector runs meanwhile."""
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()


def parse(path: str, text: str) -> Source:
    """A Source of this text."""
    return Source(path, text, parsed(text))


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that a commit of now would carry."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


@cache
def first_party() -> tuple[Source, ...]:
    """Our Python files, without tests and benchmarks."""
    return tuple(source for source in all_python() if inside(source, *FIRST_PARTY))


@cache
def all_python() -> tuple[Source, ...]:
    """Every Python file, tests too."""
    return tuple(
        parse(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))
        for file in tracked_files()
        if file.suffix == ".py"
    )


@cache
def all_text() -> tuple[tuple[str, str], ...]:
    """Every file that is text, as (path, text)."""
    texts = []
    for file in tracked_files():
        raw = file.read_bytes()
        if b"\0" not in raw[:8192]:
            texts.append((file.relative_to(ROOT).as_posix(), raw.decode("utf-8", "replace")))
    return tuple(texts)


def inside(source: Source, *folders: str) -> bool:
    """Whether the file lies in one of these folders."""
    return any(source.path == f or source.path.startswith(f"{f}/") for f in folders)


# --- size ------------------------------------------------------------------------------------


def long_functions(source: Source) -> Iterator[Finding]:
    """A function fits on one screen."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES and not _migration(source):
                yield Finding(source.path, node.lineno, f"{node.name} has {lines} lines")


def long_modules(source: Source) -> Iterator[Finding]:
    """A module can be read in one sitting."""
    lines = source.text.count("\n")
    if lines > MODULE_LINES and not _migration(source):
        yield Finding(source.path, 1, f"the module has {lines} lines")


def nameless_modules(source: Source) -> Iterator[Finding]:
    """The first line of a module says what lives there."""
    if not ast.get_docstring(source.tree):
        yield Finding(source.path, 1, "the module does not say what lives in it")


def _migration(source: Source) -> bool:
    return inside(source, "gateway/store/migrations")


# --- who knows whom --------------------------------------------------------------------------


def hidden_imports(source: Source) -> Iterator[Finding]:
    """A first-party import stands at the top, where a cycle shows."""
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for line, name in _imports(function):
                if name.split(".")[0] in (*FIRST_PARTY, ""):
                    yield Finding(source.path, line, f"import inside {function.name}")


def strangers_in_domain(source: Source) -> Iterator[Finding]:
    """The domain rests on the standard library and msgspec alone."""
    if not inside(source, "gateway/domain"):
        return
    for line, name in _imports(source.tree):
        known = name.split(".")[0] in (*sys.stdlib_module_names, "msgspec", "")
        if not known and not f"{name}.".startswith("gateway.domain."):
            yield Finding(source.path, line, f"the domain imports {name}")


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each imported module with its line; a relative import begins with a dot."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names, lineno=line):
                yield from ((line, alias.name) for alias in names)
            case ast.ImportFrom(module=module, level=level, lineno=line):
                yield line, "." * level + (module or "")


def floorless_rooms(rooms: Iterable[str], layers: Iterable[str]) -> Iterator[Finding]:
    """Every room of the gateway stands on a floor of pyproject.toml."""
    known = {name for layer in layers for name in re.findall(r"[\w.]+", layer)}
    for room in rooms:
        if room not in known:
            yield Finding("pyproject.toml", 1, f"{room} stands on no floor")


def adapter_names(source: Source) -> Iterator[Finding]:
    """Nobody but adapters, configuration and sandbox knows an adapter by name.

    A whole string equal to a PLAIN_NAME is refused wherever it stands. An ORDINARY_NAME is refused
    only where something beside it is called adapter: compared, matched, looked up, assigned,
    passed or keyed.
    """
    if inside(source, "adapters", "config", "gateway/sandbox") or not inside(source, *FIRST_PARTY):
        return
    named: set[ast.Constant] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and node.value in PLAIN_NAMES:
            named.add(node)
        named.update(_beside_adapter(node))
    for constant in sorted(named, key=lambda node: node.lineno):
        yield Finding(source.path, constant.lineno, f"names the adapter {constant.value!r}")


def _beside_adapter(node: ast.AST) -> list[ast.Constant]:
    """The ordinary names in this node that its neighbour makes an adapter's."""
    beside: list[tuple[ast.AST | str | None, Iterable[ast.AST | None]]] = []
    match node:
        case ast.Compare(left=left, comparators=others):
            beside = [(node, (left, *others))]
        case ast.Subscript(value=value, slice=key):
            beside = [(value, (key,))]
        case ast.Call(func=ast.Attribute(value=value), args=[first, *_]):
            beside = [(value, (first,))]
        case ast.Assign(targets=targets, value=value):
            beside = [(target, (value,)) for target in targets]
        case ast.AnnAssign(target=target, value=value):
            beside = [(target, (value,))]
        case ast.keyword(arg=name, value=value):
            beside = [(name, (value,))]
        case ast.arguments():
            named = (*node.posonlyargs, *node.args)
            given = zip(reversed(named), reversed(node.defaults), strict=False)
            beside = [(argument.arg, (default,)) for argument, default in given]
            only = zip(node.kwonlyargs, node.kw_defaults, strict=True)
            beside += [(argument.arg, (default,)) for argument, default in only]
        case ast.Dict(keys=keys, values=values):
            beside = [(key, (value,)) for key, value in zip(keys, values, strict=True)]
        case ast.Match(subject=subject, cases=cases):
            beside = [(subject, (case.pattern,)) for case in cases]
    return [c for who, parts in beside if _says_adapter(who) for p in parts for c in _ordinary(p)]


def _ordinary(node: ast.AST | None) -> list[ast.Constant]:
    """The literal itself, or the literals that a literal container holds."""
    match node:
        case ast.Constant(value=str(value)) if value in ORDINARY_NAMES:
            return [node]
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return [c for part in parts for c in _ordinary(part)]
        case ast.Dict(keys=parts):
            return [c for part in parts for c in _ordinary(part)]
        case ast.Call(func=ast.Name(), args=parts):
            return [c for part in parts for c in _ordinary(part)]
        case ast.MatchOr(patterns=parts):
            return [c for part in parts for c in _ordinary(part)]
        case ast.MatchValue(value=value):
            return _ordinary(value)
    return []


def _says_adapter(who: ast.AST | str | None) -> bool:
    if who is None or isinstance(who, str):
        return "adapter" in (who or "").lower()
    words = []
    for node in ast.walk(who):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
                words.append(word.lower())
    return any("adapter" in word for word in words)


# --- time and chance -------------------------------------------------------------------------

ASKS = {
    ("time", "time"), ("time", "time_ns"), ("time", "monotonic"), ("time", "monotonic_ns"),
    ("time", "perf_counter"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"),
    ("date", "today"), ("random", "random"), ("random", "randint"), ("random", "uniform"),
    ("random", "choice"), ("random", "shuffle"), ("random", "sample"), ("uuid", "uuid1"),
    ("uuid", "uuid4"), ("secrets", "token_hex"), ("secrets", "token_bytes"), ("os", "urandom"),
}  # fmt: skip
PURE_ROOMS = ("gateway/verbs", "routing", "templates")


def asked_time(source: Source) -> Iterator[Finding]:
    """In a pure room, time and chance are arguments."""
    if not inside(source, *PURE_ROOMS):
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=attr)):
                owner = ast.unparse(value).rpartition(".")[2]
                if (owner, attr) in ASKS:
                    yield Finding(source.path, node.lineno, f"asks {owner}.{attr}()")
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    if (module, alias.name) in ASKS:
                        yield Finding(source.path, node.lineno, f"takes {module}.{alias.name}")


def sleepers(source: Source) -> Iterator[Finding]:
    """Only the worker sleeps; stand-ins, tests and benchmarks may."""
    if inside(source, "gateway/worker.py", "gateway/sandbox", "gateway/testing", "tests", "bench"):
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="asyncio" | "time" as owner), attr="sleep"):
                yield Finding(source.path, node.lineno, f"{owner}.sleep outside the worker")
            case ast.ImportFrom(module="asyncio" | "time" as owner, names=names):
                if any(alias.name == "sleep" for alias in names):
                    yield Finding(source.path, node.lineno, f"{owner}.sleep outside the worker")


# --- tests -----------------------------------------------------------------------------------


def mocks(source: Source) -> Iterator[Finding]:
    """Fakes and real servers, no mocks."""
    for line, name in _imports(source.tree):
        if re.match(r"(unittest\.mock|mock|pytest_mock)(\.|$)", name):
            yield Finding(source.path, line, f"imports {name}")
    for node in ast.walk(source.tree):
        match node:
            case ast.ImportFrom(module="unittest", names=names, lineno=line):
                if any(alias.name == "mock" for alias in names):
                    yield Finding(source.path, line, "imports unittest.mock")
            case ast.arg(arg="mocker", lineno=line):
                yield Finding(source.path, line, "asks for a mocker")


# --- what a commit carries -------------------------------------------------------------------

# Each pattern brackets one letter, so that this file does not find itself.
MACHINE = re.compile(
    r"(?<![\w./}-])/(?:wor[k]/(?:main|shared|\.\w)|roo[t]/|tm[p]/(?:bash|plan)|op[t]/pypi)"
)
REGISTRY = re.compile(r"(?<!\w)pypi[.]org|registry[.]npmjs[.]org|files[.]pythonhosted[.]org")
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E)\b")


def machine_paths(path: str, text: str) -> Iterator[Finding]:
    """Nothing that is committed knows the machine it was written on."""
    yield from _matches(MACHINE, path, text, "a path of one machine")


def registry_hosts(path: str, text: str) -> Iterator[Finding]:
    """Nothing that is committed names a registry's host; whoever installs chooses it."""
    yield from _matches(REGISTRY, path, text, "a registry's host")


def unfinished(path: str, text: str) -> Iterator[Finding]:
    """What is not done is in the tracker, not in the text."""
    yield from _matches(UNFINISHED, path, text, "a note to self")


def _matches(pattern: re.Pattern[str], path: str, text: str, what: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        found = pattern.search(line)
        if found:
            yield Finding(path, number, f"{what}: {found.group()}")


# --- versions --------------------------------------------------------------------------------


def pins(lock: str) -> dict[str, str]:
    """Name -> version, of a lock."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))


def low_versions(lock: str, floors: dict[str, str]) -> Iterator[Finding]:
    """No library is older than the last hole that was mended in it."""
    pinned = pins(lock)
    for name, floor in floors.items():
        if name not in pinned:
            yield Finding("requirements/runtime.txt", 1, f"{name} is not pinned")
        elif Version(pinned[name]) < Version(floor):
            yield Finding("requirements/runtime.txt", 1, f"{name} {pinned[name]} is below {floor}")


def loose_ranges(dependencies: Iterable[str], floors: dict[str, str]) -> Iterator[Finding]:
    """Every dependency says from which version on, and not below the floor."""
    for line in dependencies:
        wanted = Requirement(line)
        lowest = [Version(s.version) for s in wanted.specifier if s.operator in (">=", "==")]
        if not lowest:
            yield Finding("pyproject.toml", 1, f"{wanted.name} has no lowest version")
        elif max(lowest) < Version(floors.get(wanted.name.lower(), "0")):
            yield Finding("pyproject.toml", 1, f"{wanted.name} admits a version below its floor")


def unhashed(lock: str) -> Iterator[Finding]:
    """Every pin carries its hashes."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if "==" in block and "--hash=sha256:" not in block:
            yield Finding("requirements", 1, f"{block.split('==')[0]} has no hash")


# --- the store -------------------------------------------------------------------------------


def shadow_queues(tables: dict[str, set[str]]) -> Iterator[Finding]:
    """What must be done later is a job: no other table has a due time and counts attempts."""
    for name, columns in tables.items():
        if name != "job" and {"due_at", "attempts"} <= columns:
            yield Finding("gateway/store/schema.py", 1, f"table {name} is a queue in disguise")
