"""Names of attached files, made harmless: no path, nothing invisible, of bounded length."""

import re
import unicodedata

MAX_BYTES = 180
_PATH = re.compile(r"[/\\]")
# Controls, and the characters that hide or turn a name around: `exe.gpj` shown backwards.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_RESERVED = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_LONGEST_SUFFIX = 16


def safe_filename(name: str) -> str:
    """The last part of the path, fit to be written anywhere; "" when nothing is left."""
    shown = unicodedata.normalize("NFC", _HIDDEN.sub("", name[-4_000:].replace("\n", "")))
    last = next((part for part in reversed(_PATH.split(shown)) if part.strip(". ")), "")
    last = _RESERVED.sub("_", last).strip(" .")
    if _DEVICES.match(last):
        last = f"_{last}"
    return _shortened(last)


def _shortened(name: str) -> str:
    """Cut in the middle, so that the suffix stays."""
    if len(name.encode("utf-8", "replace")) <= MAX_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = MAX_BYTES - len(f"{dot}{suffix}".encode())
    kept = stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return f"{kept.rstrip(' .')}{dot}{suffix}"
