"""Files in the middle of a text, as mailers wrote them before MIME: `begin 644 name` to `end`.

https://pubs.opengroup.org/onlinepubs/9699919799/utilities/uuencode.html
"""

import binascii
import re

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)


def decode_uu(data: bytes) -> bytes:
    """The bytes of one such file; what has no beginning is taken as it is."""
    out: list[bytes] = []
    begun = False
    for line in data.splitlines():
        if not begun:
            begun = line.startswith(b"begin ")
            continue
        if line.strip() == b"end":
            break
        out.append(_line(line))
    return b"".join(out) if begun else data


def split_uu(text: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The text without such files, and the files with their names."""
    kept: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    done = position = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        position = begin.end()
        if not _is_line(text[position : position + 64]):
            continue  # a sentence that begins so
        end = _END.search(text, position)
        if end is None:
            break
        kept.append(text[done : begin.start()])
        files.append((begin.group(1).strip(), decode_uu(text[begin.start() : end.end()])))
        done = position = end.end()
    kept.append(text[done:])
    return b"".join(kept), files


def _is_line(text: bytes) -> bool:
    """Whether a line is as long as its first character says. "`" is the line of no bytes."""
    line = text.split(b"\n", 1)[0].rstrip(b"\r")
    if not line or not all(0x20 <= byte <= 0x60 for byte in line):
        return False
    announced = ((line[0] - 32 & 63) + 2) // 3 * 4
    return announced - 3 <= len(line) - 1 <= announced + 2


def _line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:  # trailing rubbish: what the length byte says is enough
        length = ((line[0] - 32 & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:length])
    except binascii.Error:
        return b""
