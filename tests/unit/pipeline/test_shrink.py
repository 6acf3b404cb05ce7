"""Small pictures, each made in a process of its own with limits."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from gateway.pipeline.shrink import EDGE, Shrinker

ORIENTATION = 0x0112
MAKER = 0x010F


def drawn(form: str, size: tuple[int, int] = (900, 600), mode: str = "RGB", **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal" if mode == "RGB" else 7).save(out, form, **more)
    return out.getvalue()


async def small(tmp_path: Path, content: bytes) -> bytes | None:
    path = tmp_path / "picture"
    path.write_bytes(content)
    return await Shrinker().shrink(path)


def bomb() -> bytes:
    """A PNG that says it has 60,000 x 60,000 pixels, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    mark = b"\x89PNG\r\n\x1a\n"
    return mark + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def turned() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned by a quarter
    exif[MAKER] = "a camera with an owner"
    return drawn("JPEG", exif=exif)


SHRUNK = [
    ("a photograph", drawn("JPEG"), (480, 320)),
    ("a drawing", drawn("PNG"), (480, 320)),
    ("with a palette", drawn("GIF", mode="P"), (480, 320)),
    ("a small one stays small", drawn("PNG", (20, 10)), (20, 10)),
    ("held sideways", turned(), (320, 480)),
    ("of another maker", drawn("TIFF"), (480, 320)),
]


@pytest.mark.parametrize(("content", "size"), [s[1:] for s in SHRUNK], ids=[s[0] for s in SHRUNK])
async def test_shrunk(tmp_path: Path, content: bytes, size: tuple[int, int]) -> None:
    """It is upright, at most so large, and has nothing of the original but what is seen."""
    made = await small(tmp_path, content)
    assert made is not None
    assert b"owner" not in made
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.format == "WEBP"
        assert picture.size == size
        assert max(picture.size) <= EDGE
        assert not dict(picture.getexif())


NONE = [
    ("a bomb", bomb()),
    ("no picture", b"hello"),
    ("half of one", drawn("PNG")[:60]),
    ("of a kind that runs programs", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
]


@pytest.mark.parametrize("content", [n[1] for n in NONE], ids=[n[0] for n in NONE])
async def test_none(tmp_path: Path, content: bytes) -> None:
    """What is no picture, or would be too large, has no small one, and hurts nobody."""
    assert await small(tmp_path, content) is None
