"""Files that come, lie, do not come, or are bad: what the desk makes of each."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.contract import AttachmentRule, FileReason, InboundAttachment, MediaRefused
from gateway.domain.job import JobKind
from gateway.pipeline.media import KEPT_S, Media
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.scan import Clamd
from gateway.verbs.message import File
from tests.unit.pipeline.clamd import EICAR, FakeClamd
from tests.unit.pipeline.desk import LINKS, MAX_FILE_BYTES, Desk, opened
from tests.unit.pipeline.test_shrink import drawn
from tests.unit.pipeline.toy import Toy, said

PICTURE = drawn("PNG", (60, 40))
FILE = "SELECT state, reason, media_type, size_bytes, sha256, url FROM attachment"
JOBS = "SELECT state FROM job WHERE kind = 'fetch_media'"
HOUR_MS = 3_600_000


class Fetcher(Toy):
    """A toy whose files are what its script says: bytes, a number of them, or an exception."""

    def __init__(self, *script: Any) -> None:
        super().__init__()
        self.script = list(script)
        self.asked: list[tuple[str | None, str | None]] = []

    async def fetch(self, url: str | None, provider_media_id: str | None) -> AsyncIterator[bytes]:
        self.asked.append((url, provider_media_id))
        for each in self.script.pop(0) if self.script else ():
            if isinstance(each, BaseException):
                raise each
            yield each


async def comes(desk: Desk, told: str = "image/png", **fields: Any) -> None:
    """A message with a file."""
    file = InboundAttachment(media_type=told, url="https://files.example/secret", **fields)
    await desk.hear(said("see", "1", attachments=(file,)))


async def brings(desk: Desk, media: Media | None = None) -> str:
    """One try of the next due file; what the attempt came to."""
    claimed = await desk.claim(JobKind.FETCH_MEDIA)
    assert claimed is not None, "nothing is due"
    settle = await (media or desk.media).bring(claimed)
    await desk.store.submit(settle)
    return settle.outcome


FOUND = [
    ("what it says", [PICTURE], "image/png", ("ready", "", "image/png")),
    ("in pieces", [PICTURE[:9], PICTURE[9:]], "image/png", ("ready", "", "image/png")),
    ("another picture than told", [PICTURE], "image/jpeg", ("ready", "", "image/png")),
    ("a page as a picture", [b"<html>"], "image/png", ("ready", "", "text/html")),
    ("a program", [b"MZ\x90"], "image/png", ("refused", "type_refused", "image/png")),
    (
        "too large, whatever was told",
        [b"x" * 600_000, b"x" * 600_000],
        "image/png",
        ("refused", "too_large", "image/png"),
    ),
    ("nothing", [], "image/png", ("refused", "gone", "image/png")),
    (
        "refused by the adapter",
        [b"x", MediaRefused("HTTP 404")],
        "image/png",
        ("refused", "gone", "image/png"),
    ),
]


@pytest.mark.parametrize(
    ("script", "told", "expected"), [f[1:] for f in FOUND], ids=[f[0] for f in FOUND]
)
async def test_found(tmp_path: Path, script: list, told: str, expected: tuple) -> None:
    """A file's bytes say what it is and how large; what is kept out leaves no bytes behind."""
    async with opened(tmp_path, toy=Fetcher(script)) as desk:
        desk.media = Media(
            desk.store,
            desk.accounts,
            desk.random,
            max_bytes=MAX_FILE_BYTES,
            refused_types=("application/x-executable",),
        )
        await comes(desk, told, size_bytes=7)
        assert (await desk.one(FILE))[:1] == ("pending",)
        await brings(desk)
        state, reason, media_type, size, sha256, url = await desk.one(FILE)
        assert (state, reason, media_type) == expected
        assert await desk.rows(JOBS) == [], "nothing is left to do"
        assert [b.message for b in await desk.told("message.changed")], "who follows is told"
        if state == "ready":
            assert desk.store.files.path(sha256).stat().st_size == size
            assert url is None
        else:
            assert sha256 is None
        assert not list((tmp_path / "data").glob("incoming/*"))


async def test_tried_again(tmp_path: Path) -> None:
    """What may come another time is tried by the one retry table, and at last dead for a reason."""
    broken = [b"half", ConnectionError("HTTP 503 instead of the file")]
    async with opened(tmp_path, toy=Fetcher(broken, [PICTURE])) as desk:
        await comes(desk)
        assert await brings(desk) == "deferred"
        assert await desk.claim(JobKind.FETCH_MEDIA) is None, "not at once"
        desk.clock.now += HOUR_MS
        assert await brings(desk) == "accepted"
        assert (await desk.one(FILE))[0] == "ready"
    over = tmp_path / "over"
    over.mkdir()
    async with opened(over, toy=Fetcher(broken, broken)) as desk:
        await comes(desk)
        await brings(desk)
        desk.clock.now += 25 * HOUR_MS
        await brings(desk)
        assert (await desk.one(FILE))[:2] == ("refused", "unreachable")
        assert await desk.one("SELECT state, detail FROM job WHERE kind = 'fetch_media'") == (
            "dead",
            "HTTP 503 instead of the file",
        )


async def test_nobody_to_fetch(tmp_path: Path) -> None:
    """A channel that cannot fetch says so once; a stuck file keeps no message of its customer."""
    async with opened(tmp_path) as desk:
        await comes(desk)
        (conversation,) = await desk.rows("SELECT id FROM conversation")
        await desk.reply(conversation[0])
        assert (await desk.claim()) is not None, "the reply goes, although the file is not here"
        await brings(desk)
        assert (await desk.one(FILE))[:2] == ("refused", "unreachable")


def scanning(desk: Desk, address: str) -> Media:
    return Media(
        desk.store,
        desk.accounts,
        desk.random,
        max_bytes=MAX_FILE_BYTES,
        scanner=Clamd(address, timeout_s=5.0, max_bytes=100_000),
    )


async def test_scanned(tmp_path: Path) -> None:
    """What the scanner finds bad, or cannot look at, is given to nobody."""
    toy = Fetcher([EICAR], [b"x" * 200_000], [PICTURE])
    async with FakeClamd() as clamd, opened(tmp_path, toy=toy) as desk:
        files = tuple(InboundAttachment(media_type="a/b", provider_media_id=i) for i in "123")
        await desk.hear(said("see", "1", attachments=files))
        for _ in files:
            await brings(desk, scanning(desk, clamd.address))
        states = await desk.rows("SELECT state, reason, sha256 IS NULL FROM attachment")
        assert sorted(states) == [
            ("ready", "", 0),
            ("refused", "infected", 1),
            ("refused", "unscannable", 1),
        ]


async def test_the_scanner_is_away(tmp_path: Path) -> None:
    """Nothing is shown unscanned: it waits, and is not fetched a second time."""
    toy = Fetcher([PICTURE])
    async with opened(tmp_path, toy=toy) as desk:
        await comes(desk)
        assert await brings(desk, scanning(desk, "tcp://127.0.0.1:9")) == "deferred"
        assert (await desk.one(FILE))[:1] == ("pending",)
        desk.clock.now += HOUR_MS
        async with FakeClamd() as clamd:
            assert await brings(desk, scanning(desk, clamd.address)) == "accepted"
            assert clamd.seen == [PICTURE]
        assert (await desk.one(FILE))[:1] == ("ready",)
        assert len(toy.asked) == 1


# label, the uploaded bytes, whether a scanner is there, the refusal
UPLOADED: list[tuple[str, bytes, bool, str]] = [
    ("clean", PICTURE, True, ""),
    ("bad", EICAR, True, "file_refused"),
    ("too large for the scanner", b"x" * 200_000, True, "file_refused"),
    ("nobody looks", PICTURE, False, "scanner_away"),
]


@pytest.mark.parametrize(
    ("label", "content", "there", "code"), UPLOADED, ids=[r[0] for r in UPLOADED]
)
async def test_what_an_agent_uploads_is_scanned_before_it_goes(
    tmp_path: Path, label: str, content: bytes, there: bool, code: str
) -> None:
    """What is bad is refused to the agent's face, and nothing of the reply is written."""
    rules = (AttachmentRule(media_type="", max_bytes=1_000_000),)
    toy = Toy(attachments=rules, max_attachments=2)
    async with FakeClamd() as clamd, opened(tmp_path, toy=toy) as desk:
        media = scanning(desk, clamd.address if there else "tcp://127.0.0.1:9")
        desk.outbound = Outbound(
            desk.store, desk.accounts, desk.random, LINKS, screened=media.screened
        )
        conversation = await desk.ask_in()
        sha256 = desk.store.files.put(content)
        file = File(
            sha256=sha256, media_type="image/png", filename="a.png", size_bytes=len(content)
        )
        if code:
            refusal = await desk.refused(conversation, attachments=(file,))
            assert (refusal.code, bool(refusal.what_to_do)) == (code, True)
        else:
            await desk.reply(conversation, attachments=(file,))
        assert await desk.one("SELECT count(*) FROM message WHERE direction='out'") == (not code)


async def test_a_type_that_is_kept_out_does_not_go_out_either(tmp_path: Path) -> None:
    """Whatever the browser called it: its bytes say what it is."""
    async with opened(tmp_path) as desk:
        media = Media(
            *(desk.store, desk.accounts, desk.random),
            max_bytes=MAX_FILE_BYTES,
            refused_types=("image/png",),
        )
        sha256 = desk.store.files.put(PICTURE)
        file = File(sha256=sha256, media_type="text/plain", filename="a.txt", size_bytes=1)
        refusal = await media.screened((file,))
        assert refusal is not None
        assert refusal.extra["reason"] == "type_refused"
        gone = await media.screened((replace(file, sha256="0" * 64),))
        assert gone is not None
        assert gone.code == "file_refused"


async def test_bytes_that_came_along(tmp_path: Path) -> None:
    """A mail's file is ready at once, or, where there is a scanner, when that has seen it."""
    async with opened(tmp_path) as desk:
        await comes(desk, content=PICTURE)
        assert (await desk.one(FILE))[0] == "ready"
        await brings(desk)
        assert await desk.one("SELECT thumbnail IS NOT NULL FROM attachment") == 1


async def test_a_crash_between_file_and_commit(tmp_path: Path) -> None:
    """Bytes that no row names are found by the next try, or swept when nobody wants them."""
    toy = Fetcher([PICTURE], [PICTURE])
    async with opened(tmp_path, toy=toy) as desk:
        await comes(desk)
        claimed = await desk.claim(JobKind.FETCH_MEDIA)
        await desk.media.bring(claimed)  # and what is to be written of it is lost
        assert (await desk.one(FILE))[4] is None, "no row points to what is not committed"
        assert len(list(desk.store.files.all())) == 2, "the picture and its small one"
        await desk.store.submit(desk.media.lost(claimed))
        desk.clock.now += HOUR_MS
        await brings(desk)
        stray = desk.store.files.put(b"nobody's")
        kept = desk.store.files.put(b"nobody's yet: an upload")
        now_s = desk.clock.now_ms() / 1_000
        for sha256 in desk.store.files.all():
            aged(desk.store.files.path(sha256), now_s - KEPT_S - 1)
        aged(desk.store.files.path(kept), now_s)
        assert await desk.media.sweep() == 1
        assert not desk.store.files.exists(stray)
        assert desk.store.files.exists(kept)
        assert desk.store.files.exists((await desk.one(FILE))[4])


def aged(path: Path, at_s: float) -> None:
    os.utime(path, (at_s, at_s))


def test_reasons_are_words() -> None:
    """Every reason has words in the console."""
    words = Path("web/console/src/i18n/zh.ts").read_text(encoding="utf-8")
    assert [r for r in FileReason if f"file_{r}:" not in words] == []
