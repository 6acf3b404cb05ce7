"""Small pictures of large ones, each made in a process of its own with limits.

A decoder of pictures is where a stranger's bytes do the most harm: the process has no secret, may
write no file, and ends with its one picture. What it makes has nothing of the original but what is
seen: no place, no camera, no other bytes.
"""

import asyncio
import io
import sys
import warnings
from pathlib import Path

from gateway.pipeline import apart

EDGE = 480  # pixels of the longer side
QUALITY = 80
MAX_PIXELS = 50_000_000
MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 10
TIMEOUT_S = 20.0
AT_ONCE = 2
MAX_SMALL_BYTES = 1024 * 1024
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"})


class Shrinker:
    """Makes thumbnails, a few at once."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    async def shrink(self, path: Path) -> bytes | None:
        """A WebP of at most EDGE pixels a side; None for what is no picture, or a bomb."""
        async with self._free:
            made = await apart.answer_of(__name__, TIMEOUT_S, str(path))
        return made if made and len(made) <= MAX_SMALL_BYTES else None


def small(path: str) -> bytes:
    """The thumbnail of a picture. Raises what Pillow raises."""
    from PIL import Image, ImageOps  # which the process that asks for it never needs

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(path, formats=FORMATS) as picture:
            picture.draft("RGB", (EDGE * 2, EDGE * 2))  # a JPEG is read at a fraction of its size
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((EDGE, EDGE))
            plain = upright.convert("RGBA" if "A" in upright.mode or "P" in upright.mode else "RGB")
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    out = io.BytesIO()
    fresh.save(out, "WEBP", quality=QUALITY)
    return out.getvalue()


def main() -> None:
    """The process: one path in, one picture out."""
    apart.confine(memory_bytes=MEMORY_BYTES, cpu_s=CPU_S, file_bytes=0)
    sys.stdout.buffer.write(small(sys.argv[1]))
