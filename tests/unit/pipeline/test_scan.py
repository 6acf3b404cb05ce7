"""The scanner, over real sockets: nothing counts as clean unless clamd said so."""

from pathlib import Path

import pytest

from gateway.pipeline.scan import Clamd, ScannerAway, TooLargeToScan
from tests.unit.pipeline.clamd import EICAR, FakeClamd


def clamd(address: str, max_bytes: int = 10_000_000) -> Clamd:
    return Clamd(address, timeout_s=5.0, max_bytes=max_bytes)


def kept(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", ["tcp", "unix"])
async def test_verdicts(tmp_path: Path, kind: str) -> None:
    """Every byte is shown to it, and its verdict is ours; by TCP and by a socket of the machine."""
    socket = tmp_path / "clamd" if kind == "unix" else None
    content = b"a" * 300_000
    async with FakeClamd(path=socket) as server:
        assert await clamd(server.address).scan(kept(tmp_path, content)) is None
        assert server.seen == [content]
        assert await clamd(server.address).scan(kept(tmp_path, EICAR)) == "Eicar-Signature"


ANSWERS = [
    ("an error", b"stream: Can't allocate memory ERROR\0"),
    ("no words", b"\0"),
    ("it hangs up", b""),
    ("half an answer", b"stream: O"),
    ("clean of another", b"other: OK\0"),
    ("without an end", b"x" * 100_000),
]


@pytest.mark.parametrize("answer", [a[1] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
async def test_nobody_looked(tmp_path: Path, answer: bytes) -> None:
    """Whatever is no verdict means that it must be asked again."""
    async with FakeClamd() as server:
        server.answer = answer
        with pytest.raises(ScannerAway):
            await clamd(server.address).scan(kept(tmp_path, b"x"))


async def test_away(tmp_path: Path) -> None:
    """A scanner that is not there has looked at nothing."""
    for address in ("tcp://127.0.0.1:9", f"unix://{tmp_path}/none"):
        with pytest.raises(ScannerAway):
            await clamd(address).scan(kept(tmp_path, b"x"))


async def test_too_large(tmp_path: Path) -> None:
    """What it does not take is told apart, by our limit or by its own word."""
    async with FakeClamd(max_bytes=100_000) as server:
        path = kept(tmp_path, b"a" * 2_000_000)
        with pytest.raises(TooLargeToScan, match="size limit"):
            await clamd(server.address).scan(path)
        with pytest.raises(TooLargeToScan):
            await clamd(server.address, max_bytes=1_000).scan(path)
        assert server.seen == []
