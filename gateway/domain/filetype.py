"""What a file is by its first bytes, which rule over what its sender says it is. Pure."""

import re

HEAD_BYTES = 512
UNKNOWN = "application/octet-stream"
HTML = "text/html"
PROGRAM = "application/x-executable"

# https://www.iana.org/assignments/media-types; the marks are those of each format's own document.
_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x7fELF", PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", PROGRAM),
    (0, b"\xce\xfa\xed\xfe", PROGRAM),
    (0, b"\xca\xfe\xba\xbe", PROGRAM),
    (0, b"#!", PROGRAM),
    (0, b"BM", "image/bmp"),
    (0, b"MZ", PROGRAM),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_RIFF = frozenset({"image/webp", "audio/wav", "video/x-msvideo"})

# ISO base media: the brand at 8 tells more than the box at 4.
_BRANDS = {
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"avif": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
}
_3GP = b"3g"

# As a browser looks for it: https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|script|iframe|body|svg)\b",
    re.IGNORECASE | re.DOTALL,
)

# What has marks, and so is not what it says when it shows none of them.
_MARKED = ("image/", "audio/", "video/", "application/pdf", "text/html")
# Not told apart by their first bytes: an Ogg or MP4 may carry sound, pictures or both.
_VAGUE = {"audio/ogg": "video/ogg", "video/mp4": "audio/mp4", "video/webm": "audio/webm"}
_IN_ZIP = (
    "application/vnd.",
    "application/epub+zip",
    "application/zip",
    "application/java-archive",
)
_NAME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,120}")


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes prove; None when they prove none that is known."""
    if head.startswith(_ZIP):
        return "application/zip"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "video/3gpp" if brand.startswith(_3GP) else _BRANDS.get(brand, "video/mp4")
    riff = head.startswith(b"RIFF")
    for at, mark, media_type in _MARKS:
        if head.startswith(mark, at) and (media_type not in _RIFF or riff):
            return media_type
    return HTML if _PAGE.match(head[:HEAD_BYTES]) else None


def settled(head: bytes, told: str) -> str:
    """The type of a file that was told to be of one: what it is, and else what it may well be."""
    told = told.partition(";")[0].strip().lower()
    found = sniff(head)
    if found is None:
        return UNKNOWN if told.startswith(_MARKED) or not _NAME.fullmatch(told) else told
    if _VAGUE.get(found) == told or (found == "application/zip" and told.startswith(_IN_ZIP)):
        return told
    return found
