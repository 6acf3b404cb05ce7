"""A file with a front matter, read: what stands above the words as data, and the words.

The file is `<locale>/<name>.md`; it begins with a line `---`, its front matter in YAML, and another
such line. Our own front matters are JSON, which is YAML as well: read as such, three hundred of
them cost milliseconds of a start and not seconds.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from templates.errors import Slip
from templates.locales import canonical, exists
from templates.sound import NAME

MAX_FILE = 64_000  # bytes
_PAGE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<body>.*)", re.DOTALL)

T = TypeVar("T")


class Sheet(NamedTuple, Generic[T]):
    """A file taken apart."""

    front: T
    above: str  # the front matter as it is written, from the second line of the file on
    body: str

    @property
    def first_line(self) -> int:
        """The line of the file before the body's first."""
        return self.above.count("\n") + 3


def sheet_of(file: Path, kind: type[T], found: list[Slip]) -> Sheet[T] | None:
    """One file, its front matter as a `kind`; why it cannot be read goes to `found`."""
    text = _text_of(file, found)
    if text is None:
        return None
    parts = _PAGE.fullmatch(text)
    if not parts:
        what = "has no front matter; begin with a line --- and end it with another"
        found.append(Slip(str(file), 1, what))
        return None
    try:
        front = msgspec.convert(_data_of(parts["front"]), kind)
    except (YAMLError, RecursionError, ValueError) as error:
        why = "is wrong" if isinstance(error, msgspec.ValidationError) else "cannot be read"
        what = f"the front matter {why}: {' '.join(str(error).split())}"
        found.append(Slip(str(file), 1, what))
        return None
    return Sheet(front, parts["front"], parts["body"])


def place_faults(file: Path) -> Iterator[Slip]:
    """What is wrong with where a file lies and what it is called."""
    locale = file.parent.name
    if not NAME.fullmatch(file.stem):
        yield Slip(str(file), 0, "is no name; use small letters, digits and _")
    if not exists(locale):
        yield Slip(str(file), 0, f"lies in {locale}, which is no locale; name it as zh-CN or en")
    elif locale != canonical(locale):
        yield Slip(str(file), 0, f"lies in {locale}; name the folder {canonical(locale)}")


def unreadable(path: Path, error: OSError) -> Slip:
    """What lies there, and cannot be read."""
    what = f"cannot be read: {error.strerror}; let Parley read it, or move it away"
    return Slip(str(path), 0, what)


def _text_of(file: Path, found: list[Slip]) -> str | None:
    """What a file says; why it cannot be read goes to `found`."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_FILE + 1)
    except OSError as error:
        found.append(unreadable(file, error))
        return None
    if len(raw) > MAX_FILE:
        found.append(Slip(str(file), 0, f"is longer than {MAX_FILE} bytes; shorten it"))
        return None
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        found.append(Slip(str(file), 0, "is not UTF-8; save it as UTF-8"))
        return None


def _data_of(text: str) -> Any:
    """A front matter as data. Raises YAMLError, RecursionError or ValueError."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return YAML(typ="safe", pure=True).load(text)
