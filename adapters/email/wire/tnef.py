"""Outlook's winmail.dat (TNEF): the files and the words in it. One pass, bounded, never raises.

https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef/
"""

from dataclasses import dataclass, field

from adapters.email.wire.charsets import decode
from adapters.email.wire.limits import MAX_PARTS

_SIGNATURE = 0x223E9F78
# Attributes (MS-OXTNEF 2.1.3.2), with their types in the upper half.
_ATTACHMENT_BEGINS = 0x00069002
_ATTACHMENT_TITLE = 0x00018010
_ATTACHMENT_DATA = 0x0006800F
_ATTACHMENT_PROPERTIES = 0x00069005
_MESSAGE_PROPERTIES = 0x00069003
_MESSAGE_BODY = 0x0002800C
_CODE_PAGE = 0x00069007

# Properties (MS-OXPROPS): which of them are looked at.
_BODY, _BODY_HTML, _INTERNET_CODE_PAGE, _SUBJECT = 0x1000, 0x1013, 0x3FDE, 0x0037
_DATA, _LONG_NAME, _NAME, _TITLE, _MEDIA_TYPE = 0x3701, 0x3707, 0x3704, 0x3001, 0x370E
_CONTENT_ID = 0x3712

# Property types (MS-OXCDATA 2.11.1): bytes of a value, those of variable length apart.
_SIZES = {2: 2, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 2, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_VARIABLE = frozenset((_STRING, _UNICODE, _OBJECT, _BINARY))
_MANY = 0x1000  # a list of values
_FIRST_NAMED = 0x8000
_GUID = 16
# An object begins with the name of its interface; this one says that it is a mail again.
_IS_MAIL = bytes.fromhex("0703020000000000c000000000000046")


@dataclass(slots=True)
class TnefFile:
    """A file in it. `is_mail`: the data are TNEF again, a mail that was attached."""

    name: str = ""
    media_type: str = ""
    data: bytes = b""
    content_id: str = ""
    is_mail: bool = False


@dataclass(slots=True)
class Tnef:
    """What it holds. `sound` is False when it ends before its end."""

    subject: str = ""
    text: str = ""
    html: bytes = b""
    files: list[TnefFile] = field(default_factory=list)
    sound: bool = True


class _CutError(Exception):
    """The data end where more was announced."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def more(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise _CutError
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self, size: int) -> bytes:
        """A value of this size; the next one begins at a multiple of four."""
        value = self.take(size)
        self._at = min(len(self._data), self._at + -size % 4)
        return value


def read_tnef(data: bytes) -> Tnef:
    """What winmail.dat holds: of one that was cut, what stands before the cut."""
    found = Tnef()
    reader = _Reader(data)
    code_page = ""
    try:
        if reader.number() != _SIGNATURE:
            raise _CutError
        reader.number(2)
        while reader.more():
            reader.number(1)  # of the message or of a file: the attribute says it as well
            attribute, size = reader.number(), reader.number()
            value = reader.take(size)
            reader.number(2)  # a checksum that says nothing about intent
            if attribute == _CODE_PAGE and size >= 4:
                code_page = f"cp{int.from_bytes(value[:4], 'little')}"
            _attribute(found, attribute, value, code_page)
            if len(found.files) > MAX_PARTS:
                raise _CutError
    except _CutError:
        found.sound = False
    return found


def _attribute(found: Tnef, attribute: int, value: bytes, code_page: str) -> None:
    if attribute == _ATTACHMENT_BEGINS:
        found.files.append(TnefFile())
    elif attribute == _MESSAGE_BODY:
        found.text = found.text or _string(value, code_page)
    elif attribute == _MESSAGE_PROPERTIES:
        _message(found, _properties(value, code_page), code_page)
    elif found.files:
        file = found.files[-1]
        if attribute == _ATTACHMENT_TITLE:
            file.name = file.name or _string(value, code_page)
        elif attribute == _ATTACHMENT_DATA:
            file.data = value
        elif attribute == _ATTACHMENT_PROPERTIES:
            _file(file, _properties(value, code_page))


def _message(found: Tnef, given: dict[int, bytes | str], code_page: str) -> None:
    body, html = given.get(_BODY, ""), given.get(_BODY_HTML, b"")
    found.text = body if isinstance(body, str) and body.strip() else found.text
    if isinstance(html, str):
        found.html = html.encode()
    elif html:
        said = given.get(_INTERNET_CODE_PAGE, b"")
        number = int.from_bytes(said, "little") if isinstance(said, bytes) else 0
        charset = {0: code_page, 65001: "utf-8", 20127: "ascii"}.get(number, f"cp{number}")
        found.html = decode(html, charset).encode()
    subject = given.get(_SUBJECT, "")
    found.subject = subject if isinstance(subject, str) else ""


def _file(file: TnefFile, given: dict[int, bytes | str]) -> None:
    names = (given.get(each) for each in (_LONG_NAME, _NAME))
    file.name = next((name for name in names if isinstance(name, str) and name), file.name)
    title, kind, identity = (given.get(each, "") for each in (_TITLE, _MEDIA_TYPE, _CONTENT_ID))
    file.name = file.name or (title if isinstance(title, str) else "")
    file.media_type = kind if isinstance(kind, str) else ""
    file.content_id = identity if isinstance(identity, str) else ""
    data = given.get(_DATA, b"")
    if isinstance(data, bytes) and data:
        file.is_mail = data.startswith(_IS_MAIL)
        file.data = data[_GUID:] if file.is_mail else data


def _properties(data: bytes, code_page: str) -> dict[int, bytes | str]:
    """Properties by their number, the first value of each; those before damage, if there is any."""
    found: dict[int, bytes | str] = {}
    reader = _Reader(data)
    try:
        for _ in range(reader.number()):
            kind, number = reader.number(2), reader.number(2)
            if number >= _FIRST_NAMED:
                _skip_name(reader)
            value = _value(reader, kind)
            text = kind & ~_MANY
            if text == _UNICODE:
                found.setdefault(number, value.decode("utf-16-le", "replace").rstrip("\0"))
            elif text == _STRING:
                found.setdefault(number, _string(value, code_page))
            else:
                found.setdefault(number, value)
    except _CutError:
        pass
    return found


def _skip_name(reader: _Reader) -> None:
    reader.take(_GUID)
    if reader.number():
        reader.padded(reader.number())
    else:
        reader.number()


def _value(reader: _Reader, kind: int) -> bytes:
    """The first value of a property, and past the others. An object goes without its interface
    unless that is a mail's."""
    single = kind & ~_MANY
    if single in _VARIABLE:
        values = [reader.padded(reader.number()) for _ in range(min(reader.number(), MAX_PARTS))]
        value = values[0] if values else b""
        plain = single == _OBJECT and not value.startswith(_IS_MAIL)
        return value[_GUID:] if plain else value
    size = _SIZES.get(single)
    if size is None:
        raise _CutError
    if not kind & _MANY:
        return reader.padded(size)
    count = reader.number()
    return reader.take(count * (size + -size % 4))[:size]


def _string(value: bytes, code_page: str) -> str:
    return decode(value.rstrip(b"\0"), code_page or None)
