"""Words are joined once for everybody who follows, and never for those who may not read them."""

import asyncio

import msgspec

from gateway.domain.events import Event, NoteWritten, encode_body
from gateway.domain.message import Note
from gateway.store.queries.http_timeline import Slice, Words
from gateway.stream import Joiner
from gateway.stream.words import KEPT_FRAMES


class Reads:
    """Answers for the store, and how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    async def __call__(self, query, desk, conversations, messages, notes, *rest) -> Words:
        self.asked.append(set(notes))
        await asyncio.sleep(0)
        found = [
            Note(
                id=n,
                desk=desk,
                conversation="c",
                seq=1,
                author="agent:emma",
                text=f"words of {n}",
                at=0,
            )
            for n in notes
        ]
        return Words(
            slice=Slice(notes=found, names={"agent:emma": "Emma"}),
            offers={},
            pages={},
        )


def event(position: int, conversation: str | None = "c") -> Event:
    return Event(
        desk="d",
        position=position,
        conversation=conversation,
        seq=position,
        kind="note.written",
        at=0,
        actor="agent:emma",
        cause=None,
        body=encode_body(NoteWritten(note=f"n{position}", by="agent:emma")),
    )


async def test_one_read_for_all() -> None:
    """However many follow, a batch is read once; a later batch reads only what is new."""
    reads = Reads()
    joiner = Joiner(reads, "d", lambda _: "")
    batch = [event(n) for n in (1, 2, 3)]
    found = await asyncio.gather(*(joiner.join(batch) for _ in range(20)))
    assert all([j.event.position for j in one] == [1, 2, 3] for one in found)
    assert reads.asked == [{"n1", "n2", "n3"}]
    await joiner.join([event(3), event(4)])
    assert reads.asked[1:] == [{"n4"}]
    joiner.forget()
    await joiner.join([event(1)])
    assert reads.asked[2:] == [{"n1"}], "after an erasure nothing is told from memory"


async def test_what_is_kept_is_bounded() -> None:
    """The hub remembers the newest words only."""
    reads = Reads()
    joiner = Joiner(reads, "d", lambda _: "")
    for start in range(0, KEPT_FRAMES * 2, 64):
        await joiner.join([event(n) for n in range(start, start + 64)])
    await joiner.join([event(KEPT_FRAMES * 2 - 1)])
    assert len(reads.asked) == KEPT_FRAMES * 2 // 64
    await joiner.join([event(0)])
    assert reads.asked[-1] == {"n0"}


async def test_frames() -> None:
    """With words and without: the ids are the same, the words only in one of them."""
    (joined,) = await Joiner(Reads(), "d", lambda _: "").join([event(7)])
    plain = msgspec.json.decode(msgspec.json.encode(joined.frame(words=False)))
    worded = msgspec.json.decode(msgspec.json.encode(joined.frame(words=True)))
    assert "words of" not in str(plain)
    assert worded["note"]["text"] == "words of n7"
    assert worded["note"]["author"] == {"kind": "agent", "id": "emma", "name": "Emma"}
    assert {k: v for k, v in worded.items() if k in plain} == plain
    assert plain["body"] == {"kind": "note.written", "note": "n7", "by": "agent:emma"}
    (alone,) = await Joiner(Reads(), "d", lambda _: "").join([event(8, None)])
    assert alone.seen is None
