"""Encoded words of header fields (RFC 2047), the broken ones included. Linear."""

import re

from adapters.email.wire.base64s import decode_base64
from adapters.email.wire.charsets import codec_of, decode

_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_HEAD = re.compile(r"\s*=\?[!->@-~]{1,70}\?[bBqQ]\?")
_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")
_LONGEST_CHARSET = 70


def header_text(value: bytes, charset: str | None = None) -> str:
    """A header field as people read it, on one line; `charset` is the body's, for bare 8-bit."""
    return _CONTROL.sub(" ", decode_words(bare_text(value, charset))).strip()


def bare_text(value: bytes, charset: str | None = None) -> str:
    """A header field with its encoded words left as they are."""
    if value.isascii():
        return value.decode("ascii")
    return decode(value, charset if codec_of(charset) not in {None, "ascii"} else None)


def decode_words(text: str) -> str:
    """Undo encoded words. White space between two falls away; torn characters are joined."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: tuple[str, bytearray] | None = None
    position = 0
    while (start := text.find("=?", position)) >= 0:
        word = _word(text, start)
        if word is None:
            _flush(out, pending)
            pending = None
            out.append(text[position : start + 2])
            position = start + 2
            continue
        charset, data, end = word
        between = text[position:start]
        if between.strip() or pending is None:
            _flush(out, pending)
            pending = None
            out.append(between)
        if pending is not None and pending[0] == charset:
            pending[1].extend(data)
        else:
            _flush(out, pending)
            pending = (charset, bytearray(data))
        position = end
    _flush(out, pending)
    out.append(text[position:])
    return "".join(out)


def _flush(out: list[str], pending: tuple[str, bytearray] | None) -> None:
    if pending is not None:
        out.append(decode(bytes(pending[1]), pending[0]))


def _word(text: str, start: int) -> tuple[str, bytes, int] | None:
    """The charset, the bytes and the end of the word that begins at `start`."""
    mark = text.find("?", start + 2, start + 2 + _LONGEST_CHARSET)
    if mark < 0 or text[mark + 2 : mark + 3] != "?" or text[mark + 1] not in "bBqQ":
        return None
    payload = mark + 3
    end = text.find("?=", payload)
    body, after = (text[payload:end], end + 2) if end >= 0 else (text[payload:], len(text))
    torn = _HEAD.search(body)
    if torn:  # it was never closed, and another one follows
        body, after = body[: torn.start()], payload + torn.start()
    charset = text[start + 2 : mark].partition("*")[0].strip().lower()
    data = body.encode("utf-8", "replace")
    if text[mark + 1] in "bB":
        return charset, decode_base64(data), after
    return charset, _HEX.sub(lambda hit: bytes((int(hit[1], 16),)), data.replace(b"_", b" ")), after
