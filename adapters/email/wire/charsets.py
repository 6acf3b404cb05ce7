"""Bytes into text: the charsets of mail, the misnamed ones included. Linear, and never raises."""

import codecs
import re
from functools import lru_cache

from adapters.email.wire import iso2022

_NAME = re.compile(r"[a-z0-9_.:+-]{1,40}")

# Python's codec -> what mailers call it. A superset stands for its subset, as the WHATWG has it:
# https://encoding.spec.whatwg.org/#names-and-labels
_LABELS = {
    "gb18030": "gb18030 gb2312 gbk gb_2312-80 gb2312-80 gb-2312 iso-ir-58 chinese csgb2312 x-gbk "
    "cp936 936 ms936 windows-936 euc-cn euccn",
    "hz": "hz hz-gb-2312",
    "cp950": "big5 big-5 cn-big5 csbig5 x-x-big5 cp950",
    "big5hkscs": "big5-hkscs big5hkscs x-big5-hkscs",
    "cp949": "euc-kr euckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 cp949",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932",
    "euc_jp": "euc-jp eucjp x-euc-jp x-euc",
    "ascii": "us-ascii ascii ansi_x3.4-1968 iso646-us us 7bit ansi_x3.110-1983",
    "cp1252": "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 8859_1 ansi windows-1252 cp1252 "
    "x-cp1252 cp-1252 x-ansi",
    "cp1254": "iso-8859-9 iso8859-9 latin5 windows-1254",
    "iso8859_6": "iso-8859-6-i iso-8859-6-e",
    "iso8859_8": "iso-8859-8-i iso-8859-8-e",
    "cp874": "tis-620 iso-8859-11 windows-874 dos-874",
    "utf-8": "utf-8 utf8 utf8mb4 unicode-1-1-utf-8 utf-8-sig",
    "utf-7": "utf-7 utf7 unicode-1-1-utf-7 x-unicode-2-0-utf-7",
    "utf-16": "utf-16 utf16 unicode ucs-2 iso-10646-ucs-2",
    "mac_roman": "macintosh mac x-mac-roman x-macroman",
    "mac_cyrillic": "x-mac-cyrillic",
    "koi8_r": "koi8-r koi8r koi8",
    "iso-2022-cn": "iso-2022-cn iso-2022-cn-ext",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
# What a garbled name still shows, most telling first.
_HINTS = (
    *(("gb18030", "gb18030"), ("gb2312", "gb18030"), ("gbk", "gb18030"), ("big5", "cp950")),
    *(("iso-2022-jp", "iso-2022-jp"), ("shift_jis", "cp932"), ("euc-kr", "cp949")),
    *(("utf-8", "utf-8"), ("utf8", "utf-8"), ("1252", "cp1252"), ("1251", "cp1251")),
    *(("8859-15", "iso8859_15"), ("8859-1", "cp1252"), ("koi8-r", "koi8_r"), ("ascii", "ascii")),
)
# Codecs that are no charset: they would raise, or run what the mail says.
_NO_CHARSET = re.compile(r"idna|punycode|unicode[-_]escape|undefined|mbcs|oem|unicode_internal")

_NAME_CHARS = 64
_SAMPLE_BYTES = 16_384
_HIGH = re.compile(rb"[\x80-\xff]+")
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
_GB_COMMON = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1\xa3][\xa1-\xfe]")
_BIG5_COMMON = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|\xa1[\x40-\x7e\xa1-\xfe]")
_GB_TELL = re.compile(rb"[\xc9-\xd7][\xa1-\xfe]")
_BIG5_TELL = re.compile(rb"[\xa4-\xc6][\x40-\x7e]")
_SJIS_COMMON = re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]|\x81[\x40-\x5b]")
_HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
_KANA_EUC = re.compile(rb"[\xa4\xa5][\xa1-\xf6]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(data: bytes, name: str | None = None) -> str:
    """The text that bytes of this charset mean; a wrong or unknown name is seen through."""
    if data.startswith(codecs.BOM_UTF8):
        return clean(data.decode("utf-8-sig", "replace"))
    codec = codec_of(name[:_NAME_CHARS] if name else None)
    if codec is None or (codec == "ascii" and (not data.isascii() or b"\x1b$" in data)):
        return clean(guess(data))
    return clean(_as_named(data, codec))


def clean(text: str) -> str:
    """Without NUL and lone surrogates, which no database and no JSON takes."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


@lru_cache(maxsize=512)
def codec_of(name: str | None) -> str | None:
    """Python's codec for a charset's name, None when nobody knows it."""
    found = _NAME.match((name or "").strip("\"' \t\r\n").lower())
    if found is None:
        return None
    label = found.group()
    if label in _CODECS:
        return _CODECS[label]
    if label.startswith("iso-2022-jp"):
        return "iso-2022-jp"
    if not _NO_CHARSET.search(label):
        try:
            b"ab".decode(label)
        except UnicodeError:
            return label
        except LookupError:
            pass
        else:
            return label
    return next((codec for hint, codec in _HINTS if hint in label), None)


def _as_named(data: bytes, codec: str) -> str:
    if codec == "utf-8":
        return _utf8(data)
    if codec == "iso-2022-jp":
        return iso2022.decode_jp(data)
    if codec == "iso-2022-cn":
        return iso2022.decode_cn(data)
    if codec == "utf-16":
        return _utf16(data)
    if data.isascii() and codec not in {"utf-7", "hz"}:
        return data.decode(codec, "replace")
    if codec == "cp1252" and _looks_gb(data):
        return data.decode("gb18030", "replace")
    mislabelled = _really_utf8(data, strict_name=codec != "cp1252")
    if mislabelled is not None:
        return mislabelled
    if codec in _CHINESE:
        codec = _other_chinese(data[:_SAMPLE_BYTES], codec)
    for attempt in (codec, *_KIN.get(codec, ())):
        try:
            return data.decode(attempt)
        except UnicodeError:
            continue
    return data.decode(codec, "replace")


_CHINESE = frozenset({"gb18030", "cp950", "big5hkscs"})
_DOUBLE = frozenset({"gb18030", "cp950", "cp932", "cp949", "euc_jp"})


def _other_chinese(sample: bytes, codec: str) -> str:
    """The codec that Chinese is in beyond doubt, though it claims the other.

    Half of Big5's common characters end in a byte that GB2312 never ends in, and a third of
    GB2312's begin with one that hardly any of Big5's do.
    """
    pairs = len(_PAIR.findall(sample))
    tells = len(_BIG5_TELL.findall(sample))
    if codec == "gb18030":
        big5 = tells * 8 > pairs >= 4 and _share(_BIG5_COMMON, sample, pairs) > 0.9
        return "cp950" if big5 else codec
    gb = pairs >= 12 and not tells and _share(_GB_TELL, sample, pairs) > 0.1
    return "gb18030" if gb else codec


# Where the strict codec fails, its relatives may know the character.
_KIN = {
    "cp950": ("big5hkscs",),
    "big5hkscs": ("cp950",),
    "cp932": ("shift_jis_2004",),
    "euc_jp": ("euc_jis_2004",),
}


def _really_utf8(data: bytes, *, strict_name: bool) -> str | None:
    """The text when bytes that claim another charset are UTF-8 beyond doubt.

    Two GBK characters may look like UTF-8 of two bytes each; three bytes in a row never happen by
    chance. Latin text is not UTF-8 by chance either.
    """
    if strict_name and not re.search(rb"[\xe0-\xf4][\x80-\xbf]{2}", data):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeError:
        return None


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeError as error:
        if error_is_cut(error, data):
            return data.decode("utf-8", "replace")
    good = [c for c in data.decode("utf-8", "ignore") if not c.isascii()]
    bad = sum(map(len, _HIGH.findall(data))) - len("".join(good).encode())
    if not good or (bad > len(good) and _likeliest(data[:_SAMPLE_BYTES]) in _DOUBLE):
        return guess(data)  # hardly a good sequence, and those by chance: it is something else
    return data.decode("utf-8", "replace")


def error_is_cut(error: UnicodeError, data: bytes) -> bool:
    """Whether all is well but the last character, which was cut."""
    return (
        isinstance(error, UnicodeDecodeError) and error.start >= len(data) - 3 and error.start > 0
    )


def _utf16(data: bytes) -> str:
    if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return data.decode("utf-16", "replace")
    sample = data[:_SAMPLE_BYTES]
    little = sample[1::2].count(0) > sample[0::2].count(0)
    return data.decode("utf-16-le" if little else "utf-16-be", "replace")


def guess(data: bytes) -> str:
    """The likeliest text of bytes without a charset; UTF-8 and Chinese first."""
    if data.isascii():
        return iso2022.decode_jp(data) if b"\x1b$" in data else data.decode("ascii")
    try:
        return data.decode("utf-8")
    except UnicodeError as error:
        if error_is_cut(error, data):
            return data.decode("utf-8", "replace")
    if data.count(0) * 4 > len(data):
        return _utf16(data)
    return data.decode(_likeliest(data[:_SAMPLE_BYTES]), "replace")


def _looks_gb(data: bytes) -> bool:
    """Whether text that claims to be Latin is Chinese: several hanzi in a row, all common ones."""
    sample = data[:_SAMPLE_BYTES]
    runs = _HIGH.findall(sample)
    long_runs = [run for run in runs if len(run) >= 4]
    if not long_runs or sum(map(len, long_runs)) * 10 < sum(map(len, runs)) * 8:
        return False
    return sum(map(len, runs)) >= 8 and _likeliest(sample) == "gb18030"


def _likeliest(sample: bytes) -> str:
    """The codec whose common characters the sample shows most."""
    runs = _HIGH.findall(sample)
    high = sum(map(len, runs))
    pairs = len(_PAIR.findall(sample)) or 1
    if _share(_SJIS_COMMON, sample, pairs) > 0.3:
        return "cp932"
    if len(_BIG5_TELL.findall(sample)) * 8 > pairs and _share(_BIG5_COMMON, sample, pairs) > 0.6:
        return "cp950"
    cyrillic = _cyrillic(sample, runs, high)
    if cyrillic:
        return cyrillic
    if _share(_KANA_EUC, sample, pairs) > 0.3:
        return "euc_jp"
    if pairs >= 8 and _share(_HANGUL, sample, pairs) > 0.95 and b" " in sample:
        return "cp949"
    even = sum(len(run) for run in runs if len(run) % 2 == 0)
    if even * 10 >= high * 8 and _share(_GB_COMMON, sample, pairs) > 0.5 and high >= 4:
        return "gb18030"
    return "cp1252"


def _share(pattern: re.Pattern[bytes], sample: bytes, pairs: int) -> float:
    return len(pattern.findall(sample)) / pairs


def _cyrillic(sample: bytes, runs: list[bytes], high: int) -> str | None:
    """Russian words: long runs of letters, many of odd length, nearly all in one alphabet."""
    odd = sum(len(run) for run in runs if len(run) % 2)
    if high < 12 or odd * 4 < high or high < 3 * len(runs):
        return None
    lower_1251 = sum(sample.count(bytes([b])) for b in range(0xE0, 0x100))
    lower_koi8 = sum(sample.count(bytes([b])) for b in range(0xC0, 0xE0))
    if (lower_1251 + lower_koi8) * 10 < high * 9:
        return None
    return "cp1251" if lower_1251 > lower_koi8 else "koi8_r"
