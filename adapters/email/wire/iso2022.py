"""The charsets that shift by escape sequences: ISO-2022-JP and ISO-2022-CN."""

import re

# ISO-2022-JP by its escapes (RFC 1468, 1554), JIS X 0208 through CP932 so that NEC's and IBM's
# characters, which strict codecs refuse, survive: mailers send them all the time.
_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\([A-Z]|\$\)[A-Z]|\$\*[A-Z]|\$A|\([A-Z@]|\.[A-Z]|&@)")


def decode_jp(data: bytes) -> str:
    """The text of ISO-2022-JP and its extensions; what is no character shows as U+FFFD."""
    out: list[str] = []
    mode = b"(B"
    end = 0
    for escape in _ESCAPE.finditer(data):
        out.append(_jis(data[end : escape.start()], mode))
        mode, end = escape.group(1), escape.end()
    out.append(_jis(data[end:], mode))
    return "".join(out)


def _jis(data: bytes, mode: bytes) -> str:
    """One stretch between two escapes."""
    if mode in {b"$B", b"$@"}:
        return "".join(
            part if index % 2 else _jis0208(part.encode("latin-1"))
            for index, part in enumerate(re.split("([\r\n]+)", data.decode("latin-1")))
        )
    if mode == b"(I":
        return bytes(b | 0x80 if 0x21 <= b <= 0x5F else b for b in data).decode("cp932", "replace")
    if mode in {b"$A", b"$(C"}:
        codec = "gb2312" if mode == b"$A" else "cp949"
        return bytes(b | 0x80 if b > 0x20 else b for b in data).decode(codec, "replace")
    if mode == b"$(D":
        pairs = (bytes((0x8F, a | 0x80, b | 0x80)) for a, b in zip(*[iter(data)] * 2, strict=False))
        return b"".join(pairs).decode("euc_jp", "replace")
    return data.decode("utf-8", "replace")


def _jis0208(data: bytes) -> str:
    """Rows and cells into Shift JIS, which CP932 reads."""
    out = bytearray()
    for row, cell in zip(*[iter(data)] * 2, strict=False):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out += b"?"
            continue
        lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
        out += bytes((lead, trail))
    return out.decode("cp932", "replace")


# RFC 1922: SO designates GB 2312 by ESC $ ) A. CNS planes have no codec here and show as U+FFFD.
_SHIFT = re.compile(rb"\x1b\$[)*]([A-Z])|([\x0e\x0f])|(\r?\n)")


def decode_cn(data: bytes) -> str:
    """The text of ISO-2022-CN."""
    out: list[str] = []
    shifted, set_ = False, b"A"
    end = 0
    for found in _SHIFT.finditer(data):
        out.append(_cn(data[end : found.start()], shifted, set_))
        designation, shift, newline = found.groups()
        if designation:
            set_ = designation
        elif shift:
            shifted = shift == b"\x0e"
        else:
            shifted = False
            out.append(newline.decode())
        end = found.end()
    out.append(_cn(data[end:], shifted, set_))
    return "".join(out)


def _cn(data: bytes, shifted: bool, set_: bytes) -> str:
    if not shifted:
        return data.decode("ascii", "replace")
    if set_ != b"A":
        return "\ufffd" * (len(data) // 2)
    return bytes(b | 0x80 for b in data).decode("gb18030", "replace")
