"""Committed events to whoever follows on this node, and whispers that nobody stores.

A follower has no queue of events of its own: it has a cursor, and reads the store's log, whose
newest end is in memory. So a slow follower costs nothing and blocks nobody. What is not in the log
(who types, who looks) is a whisper: it reaches those who listen to its topic now, and is dropped
when they are busy.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from gateway.domain.clock import DAY_MS, Clock
from gateway.domain.events import (
    ConversationOpened,
    Event,
    MessageReceived,
    decode_body,
)
from gateway.domain.mergeevents import ContactMerged, ContactUnmerged
from gateway.store.queries.http_timeline import oldest_since

BATCH_EVENTS = 256
WHISPERS = 64  # a follower keeps at most so many; older ones are dropped
KEEP_MS = DAY_MS  # how old a cursor may be
WORDS = "words"  # the topic of what templates say
RULEBOOK = "rulebook"  # the topic of what is put in force
PACE_S = 0.004  # followers are told at most so often: words are joined for many events at once

NOTHING: frozenset[str] = frozenset()  # one for all: each has 216 bytes

# Events that concern a person rather than one conversation: their topics.
_CONTACT_KINDS = frozenset(
    {"conversation.opened", "contact.merged", "contact.unmerged", "message.received"}
)


class Log(Protocol):
    """What the hub needs of the store."""

    desk: str
    clock: Clock
    on_commit: list[Callable[[list[Event]], None]]

    def head(self) -> int:
        """The last committed position known here."""
        ...

    async def follow(self, after: int, limit: int = ...) -> list[Event]:
        """Events past a position."""
        ...

    async def read(self, query: Callable[..., Any], *args: Any) -> Any:
        """What a query returns."""
        ...


class Whisper(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is true only now.

    kind: typing | viewers | read | signed_out; `who` as in the log (agent:<login>, contact:<id>).
    """

    topic: str
    kind: str
    who: str = ""
    name: str = ""
    logins: tuple[str, ...] = ()
    seq: int = 0


class Gap(Exception):
    """The cursor is older than what may be resumed; load the lists anew and follow from the head.

    `oldest` is the oldest cursor that would do, `head` the newest.
    """

    def __init__(self, oldest: int, head: int) -> None:
        super().__init__(oldest, head)
        self.oldest = oldest
        self.head = head


class Heard(NamedTuple):
    """What a follower gets at once."""

    events: Sequence[Event]
    touched: frozenset[str]  # topics that something happened to
    whispers: Sequence[Whisper]


class Follower:
    """One who follows: the whole log from a cursor, some topics, or both. Close it when done.

    Each open socket has one for its whole life, mostly idle: nothing is made before it is needed,
    and what is small and seldom changes is a tuple.
    """

    __slots__ = ("_hub", "_stir", "_touched", "_waiter", "_whispers", "_woken", "cursor", "topics")

    def __init__(self, hub: "Stream", after: int | None, stir: Callable[[], None] | None) -> None:
        self._hub = hub
        self._stir = stir
        self.cursor = after
        self.topics: tuple[str, ...] = ()
        self._woken = False
        self._waiter: asyncio.Future[None] | None = None
        self._touched = NOTHING
        self._whispers: tuple[Whisper, ...] = ()

    def listen(self, topics: Iterable[str]) -> None:
        """Hear of these topics, and of no others, from now on."""
        wanted, had = frozenset(topics), frozenset(self.topics)
        self._hub.subscribe(self, wanted - had, had - wanted)
        self.topics = tuple(wanted)

    async def next(self) -> Heard:
        """Wait until there is something, and take it. Events come in order, without gaps."""
        while True:
            self._woken = False
            events = await self._more()
            heard = self.take(events)
            if heard is not None:
                return heard
            if not self._woken:
                self._waiter = asyncio.get_running_loop().create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None

    def take(self, events: Sequence[Event] = ()) -> Heard | None:
        """What happened to the topics, with these events of the log; None when nothing did."""
        if not (events or self._touched or self._whispers):
            return None
        heard = Heard(events, self._touched, self._whispers)
        self._touched, self._whispers = NOTHING, ()
        return heard

    async def _more(self) -> Sequence[Event]:
        if self.cursor is None or self.cursor >= self._hub.told:
            return ()
        events = await self._hub.after(self.cursor)
        if events:
            self.cursor = events[-1].position
        return events

    @property
    def lag(self) -> int:
        """How many events it is behind."""
        return max(0, self._hub.head - self.cursor) if self.cursor is not None else 0

    def wake(self) -> None:
        """There may be something."""
        self._woken = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self._stir is not None:
            self._stir()

    def touch(self, topic: str) -> None:
        """Something happened to a topic."""
        self._touched |= {topic}
        self.wake()

    def hear(self, whisper: Whisper) -> None:
        """Somebody whispers. Who is too busy to hear it forgets the oldest."""
        self._whispers = (*self._whispers, whisper)[-WHISPERS:]
        self.wake()

    def close(self) -> None:
        """Follow no more."""
        self.listen(())
        self._stir = None
        self._hub.leave(self)


class Stream:
    """The hub of one node. `catch_up` is for what other nodes committed: call it when `behind`."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._followers: set[Follower] = set()
        self._topics: dict[str, tuple[Follower, ...]] = {}
        self._catching_up = asyncio.Lock()
        self.head = log.head()
        self.told = self.head  # how far followers have been told
        self.behind = asyncio.Event()  # another node wrote something that was not published yet
        self._untold: list[Event] = []
        self._told_at = 0.0  # by the loop's clock
        self._telling: asyncio.TimerHandle | None = None
        self.on_publish: list[Callable[[], None]] = []
        self.on_kind: dict[str, Callable[[Event], None]] = {}  # who must hear of each of a kind
        self.on_whisper: list[Callable[[Whisper], None]] = []  # takes whispers to other nodes
        log.on_commit.append(self.publish)

    @property
    def clock(self) -> Clock:
        """The store's clock."""
        return self._log.clock

    # --- what happened ---

    def publish(self, events: Sequence[Event]) -> None:
        """Take in what was committed, in order. What is known already is passed over.

        Where another node wrote in between, all of it waits for `catch_up`: topics must be
        touched by every event.
        """
        fresh = [event for event in events if event.position > self.head]
        if not fresh:
            return
        if fresh[0].position != self.head + 1:
            self.behind.set()
            return
        self._untold += fresh
        self.head = fresh[-1].position
        for event in fresh:
            if event.kind in self.on_kind:
                self.on_kind[event.kind](event)
        self._pace()

    def _pace(self) -> None:
        """Tell at once after a quiet while, else when the pace allows."""
        if self._telling is not None:
            return
        loop = asyncio.get_running_loop()
        wait_s = self._told_at + PACE_S - loop.time()
        if wait_s > 0:
            self._telling = loop.call_later(wait_s, self._tell)
        else:
            self._tell()

    def _tell(self) -> None:
        self._telling = None
        self._told_at = asyncio.get_running_loop().time()
        fresh, self._untold = self._untold, []
        self.told = self.head
        self._touch(fresh)
        for follower in self._followers:
            follower.wake()
        for tell in self.on_publish:
            tell()

    async def catch_up(self) -> int:
        """Publish what the log has and this node has not heard of; the head then."""
        async with self._catching_up:
            self.behind.clear()
            while True:
                events = await self._log.follow(self.head, BATCH_EVENTS)
                self.publish(events)
                if len(events) < BATCH_EVENTS:
                    return self.head

    def _touch(self, events: Iterable[Event]) -> None:
        if not self._topics:
            return
        for event in events:
            for topic in _topics_of(event):
                for follower in self._topics.get(topic, ()):
                    follower.touch(topic)

    async def after(self, position: int) -> Sequence[Event]:
        """Events past a position, not all of them at once."""
        return await self._log.follow(position, BATCH_EVENTS)

    # --- who follows ---

    def join(self, after: int | None, stir: Callable[[], None] | None = None) -> Follower:
        """Follow the log past a position; None: follow topics only.

        `stir` is called when there may be something to take, for who does not wait by `next`.
        """
        follower = Follower(self, after, stir)
        if after is not None:
            self._followers.add(follower)
        return follower

    def listening(self, topic: str) -> Follower:
        """Follow one topic only."""
        follower = self.join(None)
        follower.listen((topic,))
        return follower

    def leave(self, follower: Follower) -> None:
        """It follows no more."""
        self._followers.discard(follower)

    async def check(self, after: int) -> None:
        """Raise Gap for a cursor that cannot be resumed: older than a day, or not of this log."""
        if after > self.head:
            await self.catch_up()
        if after > self.head or after < 0:
            raise Gap(self.head, self.head)
        if after == self.head:
            return
        since = self._log.clock.now_ms() - KEEP_MS
        following = await self.after(after)
        if following and following[0].at < since:
            oldest = await self._log.read(oldest_since, self._log.desk, since, self.head)
            raise Gap(oldest, self.head)

    async def follow(self, after: int) -> AsyncIterator[Sequence[Event]]:
        """Batches of events past a position, for ever. Raises Gap when it cannot be resumed."""
        await self.check(after)
        follower = self.join(after)
        try:
            while True:
                heard = await follower.next()
                if heard.events:
                    yield heard.events
        finally:
            follower.close()

    def subscribe(self, follower: Follower, more: frozenset[str], fewer: frozenset[str]) -> None:
        """Let a follower hear of some topics more and some fewer."""
        for topic in more:
            self._topics[topic] = (*self._topics.get(topic, ()), follower)
        for topic in fewer:
            others = tuple(each for each in self._topics.pop(topic) if each is not follower)
            if others:
                self._topics[topic] = others

    # --- what nobody stores ---

    def whisper(self, whisper: Whisper, *, abroad: bool = True) -> None:
        """Tell those who listen to its topic here and, unless it came from there, elsewhere."""
        for follower in self._topics.get(whisper.topic, ()):
            follower.hear(whisper)
        if abroad:
            for tell in self.on_whisper:
                tell(whisper)


def _topics_of(event: Event) -> Iterable[str]:
    if event.conversation is not None:
        yield conversation_topic(event.conversation)
    if event.kind == "words.changed":
        yield WORDS
    if event.kind == "rulebook.applied":
        yield RULEBOOK
    if event.kind in _CONTACT_KINDS:
        match decode_body(event):
            case ConversationOpened(contact=contact):
                yield contact_topic(contact)
            case (
                ContactMerged(contact=contact, into=into)
                | ContactUnmerged(contact=contact, into=into)
            ):
                yield contact_topic(contact)
                yield contact_topic(into)
            case MessageReceived(identity=identity):
                yield contact_topic(identity)


def conversation_topic(conversation: str) -> str:
    """The topic of a conversation: its id."""
    return conversation


def contact_topic(contact: str) -> str:
    """The topic of a person, by id or by address: a message, a new conversation, a merge."""
    return f"contact:{contact}"
