"""The hub: every follower sees the log as it is, whatever the hub forgot; whispers pass."""

import asyncio
import random

import pytest

from gateway.domain.clock import DAY_MS
from gateway.domain.events import (
    AgentChanged,
    ConversationOpened,
    Event,
    MessageReceived,
    NoteWritten,
    encode_body,
)
from gateway.stream import Gap, Stream, Whisper, cloud_event, contact_topic, hub
from gateway.stream.hub import WHISPERS

NOW_MS = 1_795_000_000_000


class Log:
    """A log in memory, with the face of the store."""

    def __init__(self, *, now_ms: int = NOW_MS) -> None:
        self.desk = "d"
        self.events: list[Event] = []
        self.on_commit = []
        self.clock = self
        self.at = now_ms

    def now_ms(self) -> int:
        return self.at

    def monotonic_ms(self) -> int:
        return self.at

    def head(self) -> int:
        return len(self.events)

    async def follow(self, after: int, limit: int = 500) -> list[Event]:
        await asyncio.sleep(0)
        return self.events[after : after + limit]

    async def read(self, query, *args):
        """Only the oldest position is ever asked for."""
        _, since, head = args
        return sum(1 for e in self.events[:head] if e.at < since)

    def commit(
        self, count: int = 1, *, tell: bool = True, body=None, conversation: str | None = None
    ) -> None:
        body = body or AgentChanged(agent="a", presence="available", load=0)
        fresh = []
        for _ in range(count):
            event = Event(
                desk="d",
                position=len(self.events) + 1,
                conversation=conversation,
                seq=None,
                kind=body.__struct_config__.tag,
                at=self.at,
                actor="system",
                cause=None,
                body=encode_body(body),
            )
            self.events.append(event)
            fresh.append(event)
        if tell:
            for told in self.on_commit:
                told(fresh)


async def take(follower, until: int) -> list[int]:
    """Positions, up to one."""
    out: list[int] = []
    async with asyncio.timeout(5):
        while not out or out[-1] < until:
            out += [e.position for e in (await follower.next()).events]
    return out


@pytest.mark.parametrize(
    ("before", "after"),
    [(0, 0), (50, 50), (50, 10), (400, 0)],
    ids=["from the beginning", "from now", "from before the hub was there", "a long way"],
)
async def test_from_anywhere(before, after) -> None:
    """A follower gets every event past its cursor, in order, once."""
    log = Log()
    log.commit(before)
    stream = Stream(log)
    log.commit(50)
    follower = stream.join(after)
    assert await take(follower, before + 50) == list(range(after + 1, before + 51))
    assert follower.lag == 0


async def test_a_follower_never_blocks_the_hub() -> None:
    """Who reads slowly costs nothing, and still misses nothing."""
    log = Log()
    stream = Stream(log)
    slow, quick = stream.join(0), stream.join(0)
    for n in range(1, 201):
        log.commit()
        assert await take(quick, n) == [n]
    assert slow.lag == 200
    assert await take(slow, 200) == list(range(1, 201))


async def test_what_other_nodes_commit() -> None:
    """Events that this node did not commit are read when it finds a gap, or is woken."""
    log = Log()
    stream = Stream(log)
    follower, visitor = stream.join(0), stream.join(None)
    visitor.listen({"c1"})
    log.commit(3)
    log.commit(5, tell=False, conversation="c1")  # another node's
    assert not stream.behind.is_set()
    log.commit(2)
    assert stream.behind.is_set()
    assert await stream.catch_up() == 10
    assert not stream.behind.is_set()
    assert await take(follower, 10) == list(range(1, 11))
    async with asyncio.timeout(5):
        assert (await visitor.next()).touched == {"c1"}
    log.commit(4, tell=False)
    assert await stream.catch_up() == 14
    assert await take(follower, 14) == [11, 12, 13, 14]
    assert await stream.catch_up() == 14


async def test_doubled_news_is_told_once() -> None:
    """An event that comes by two ways is seen once."""
    log = Log()
    stream = Stream(log)
    follower = stream.join(0)
    log.commit(3, tell=False)
    await asyncio.gather(stream.catch_up(), stream.catch_up())
    stream.publish(log.events)
    log.commit()
    assert await take(follower, 4) == [1, 2, 3, 4]


async def test_old_news_changes_nothing() -> None:
    """News that come late neither take the head back nor wake anybody."""
    log = Log()
    stream = Stream(log)
    log.commit(5, conversation="c1")
    follower = stream.join(5)
    follower.listen({"c1"})
    stream.publish(log.events[:2])
    assert stream.head == 5
    assert await stream.after(0) == log.events
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await follower.next()


async def test_cut_at_random() -> None:
    """However often a follower is cut off and comes back, it sees the log as it is."""
    chance = random.Random(7)
    log = Log()
    stream = Stream(log)
    seen: list[int] = []

    async def write() -> None:
        for _ in range(120):
            log.commit(chance.randrange(1, 6), tell=chance.random() < 0.8)
            if chance.random() < 0.3:
                await stream.catch_up()
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    async with asyncio.timeout(10):
        while not writing.done() or (seen[-1] if seen else 0) < log.head():
            follower = stream.join(seen[-1] if seen else 0)
            for _ in range(chance.randrange(1, 4)):
                if writing.done():
                    await stream.catch_up()
                reading = asyncio.ensure_future(follower.next())
                done, _ = await asyncio.wait({reading}, timeout=0.02)
                if not done:
                    reading.cancel()
                    break
                seen += [e.position for e in reading.result().events]
            follower.close()
    assert seen == list(range(1, log.head() + 1))


async def test_old_cursors() -> None:
    """A cursor is good for a day; an older one, or one of another log, is told where to begin."""
    log = Log(now_ms=NOW_MS - DAY_MS - 1_000)
    stream = Stream(log)
    log.commit(10)
    log.at = NOW_MS - 1_000
    log.commit(10)
    log.at = NOW_MS
    for good in (10, 15, 20):
        await stream.check(good)
    for bad, oldest in ((0, 10), (9, 10), (21, 20), (-1, 20)):
        with pytest.raises(Gap) as gap:
            await stream.check(bad)
        assert (gap.value.oldest, gap.value.head) == (oldest, 20)


async def test_topics() -> None:
    """Who listens to a conversation or a person hears when something happens to them."""
    log = Log()
    stream = Stream(log)
    follower = stream.join(None)
    follower.listen({"c1", contact_topic("p1"), contact_topic("tel:+1")})
    log.commit(conversation="c2")
    log.commit(conversation="c1", body=NoteWritten(note="n", by="agent:a"))
    heard = await follower.next()
    assert (heard.touched, list(heard.events)) == (frozenset({"c1"}), [])
    log.commit(
        conversation="c3",
        body=ConversationOpened(contact="p1", status="open", by="x", account="a", channel="sms"),
    )
    assert (await follower.next()).touched == {contact_topic("p1")}
    log.commit(
        conversation="c4",
        body=MessageReceived(message="m", identity="tel:+1", account="a", channel="sms"),
    )
    assert (await follower.next()).touched == {contact_topic("tel:+1")}
    follower.listen({"c2"})
    log.commit(conversation="c1")
    log.commit(conversation="c2")
    assert (await follower.next()).touched == {"c2"}
    follower.close()
    assert not stream._topics


async def test_whispers() -> None:
    """A whisper reaches those who listen now; the oldest are dropped, nobody waits."""
    stream = Stream(Log())
    abroad: list[Whisper] = []
    stream.on_whisper.append(abroad.append)
    follower, other = stream.join(None), stream.join(None)
    follower.listen({"c1"})
    other.listen({"c2"})
    for n in range(WHISPERS + 10):
        stream.whisper(Whisper(topic="c1", kind="typing", seq=n))
    heard = await follower.next()
    assert [w.seq for w in heard.whispers] == list(range(10, WHISPERS + 10))
    assert len(abroad) == WHISPERS + 10
    stream.whisper(Whisper(topic="c2", kind="typing"), abroad=False)
    assert len(abroad) == WHISPERS + 10
    assert len((await other.next()).whispers) == 1


async def test_who_is_stirred_takes() -> None:
    """Who does not wait is called whenever there may be something, and takes all of it once."""
    log, called = Log(), []
    stream = Stream(log)
    follower = stream.join(None, lambda: called.append(follower.take()))
    follower.listen({"c1"})
    assert follower.take() is None
    log.commit(conversation="c1")
    stream.whisper(Whisper(topic="c2", kind="typing"))
    stream.whisper(Whisper(topic="c1", kind="typing"))
    assert [(heard.touched, len(heard.whispers)) for heard in called] == [({"c1"}, 0), (set(), 1)]
    assert follower.take() is None
    follower.close()
    follower.wake()
    assert len(called) == 2


async def test_listeners_of_one_topic() -> None:
    """Who turns away from a topic leaves the others with it."""
    stream = Stream(Log())
    first, second = stream.listening("c1"), stream.listening("c1")
    first.close()
    stream.whisper(Whisper(topic="c1", kind="typing"))
    assert first.take() is None
    assert second.take() is not None


async def test_follow_is_an_iterator() -> None:
    """`async for` over the stream, from a cursor; it leaves nothing behind."""
    log = Log()
    stream = Stream(log)
    log.commit(5)
    seen: list[int] = []
    batches = stream.follow(2)
    async for batch in batches:
        seen += [e.position for e in batch]
        if seen[-1] == 5:
            break
    await batches.aclose()
    assert seen == [3, 4, 5]
    assert not stream._followers


def event(**fields) -> Event:
    whole = {
        "desk": "shop",
        "position": 7,
        "conversation": "c1",
        "seq": 3,
        "kind": "note.written",
        "at": NOW_MS,
        "actor": "agent:emma",
        "cause": 6,
        "body": encode_body(NoteWritten(note="n1", by="agent:emma")),
    }
    return Event(**(whole | fields))


CLOUD = [
    (
        "all of it",
        {},
        None,
        {
            "specversion": "1.0",
            "id": "shop/7",
            "source": "/desks/shop",
            "type": "parley.note.written.v1",
            "subject": "conversations/c1",
            "time": "2026-11-18T11:06:40.000Z",
            "datacontenttype": "application/json",
            "actor": "agent:emma",
            "seq": 3,
            "cause": 6,
            "data": {"note": "n1", "by": "agent:emma"},
        },
    ),
    (
        "of no conversation",
        {"conversation": None, "seq": None, "cause": None},
        None,
        {
            "specversion": "1.0",
            "id": "shop/7",
            "source": "/desks/shop",
            "type": "parley.note.written.v1",
            "time": "2026-11-18T11:06:40.000Z",
            "datacontenttype": "application/json",
            "actor": "agent:emma",
            "data": {"note": "n1", "by": "agent:emma"},
        },
    ),
]


@pytest.mark.parametrize(
    ("fields", "words", "expected"), [c[1:] for c in CLOUD], ids=[c[0] for c in CLOUD]
)
def test_cloud_events(fields, words, expected) -> None:
    """An event leaves the house as a CloudEvent."""
    assert cloud_event(event(**fields), words) == expected


def test_words_are_joined_to_data() -> None:
    """Words go beside the ids and replace none, for readers with the right to them."""
    said = cloud_event(event(), {"note": {"text": "hello"}})
    words = {"note": {"text": "hello"}}
    assert said["data"] == {"note": "n1", "by": "agent:emma", "words": words}


async def test_the_pace(monkeypatch) -> None:
    """A lone event is told at once; those that follow soon after are told together."""
    monkeypatch.setattr(hub, "PACE_S", 0.5)
    log = Log()
    follower = Stream(log).join(0)
    log.commit()
    assert await take(follower, 1) == [1]
    reading = asyncio.ensure_future(follower.next())
    for _ in range(20):
        log.commit()
        await asyncio.sleep(0)
    assert not reading.done()
    async with asyncio.timeout(5):
        assert [e.position for e in (await reading).events] == list(range(2, 22))
