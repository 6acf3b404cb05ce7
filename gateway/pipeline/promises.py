"""What customers were promised and still wait for: warned of, kept, late, broken. Pure; ms UTC.

A promise is kept by the next answer that a person gives the customer of its conversation: a reply,
dated when it was written, once it is sent, or a telephone call. The reply that promises is no
answer, nor is what follows it in the same breath. A reply on its way defers what is due; one that
is held, failed or in doubt keeps nothing, and one that kept a promise and is told afterwards to
have failed opens it again. It is broken when the conversation ends without, or when nothing came
until its grace is over. What somebody ended by hand is ended.
"""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from gateway.domain import events as e
from gateway.domain.job import LATE, PromiseLate
from gateway.domain.message import ON_ITS_WAY, TOLD, UNTOLD, MessageState
from gateway.domain.promise import (
    ENDED,
    Promise,
    PromiseChanged,
    PromiseMade,
    PromiseState,
    places_of,
    stood,
    taken,
)
from gateway.pipeline.aims import due_in
from gateway.pipeline.inforce import InForce
from gateway.pipeline.turns import CALL
from gateway.store.queries.promises import Answer
from gateway.verbs.promise import moved

QUARTER = 4  # of the time until it is due is the longest that a warning comes before
EIGHTH = 8  # that a customer is told before

Told = list[tuple[str, PromiseChanged]]
"""Conversations, and what is told of their promises."""


class Times(NamedTuple):
    """When what happens to a promise, by the rulebook in force."""

    counts_at: int  # what was said up to then was said in the same breath
    warn_at: int
    tell_at: int | None  # the customer; None: nobody is told
    breaks_at: int


def times_of(promise: Promise, inforce: InForce) -> Times:
    """The warning comes in open hours, where there are any before it is due."""
    rules, span = inforce.rulebook.promises, promise.due - promise.made_at
    calendar = inforce.calendar_of_queue(promise.queue)
    open_ms = calendar.elapsed_ms(promise.made_at, promise.due)
    lead = min(rules.warn_before_ms, (open_ms or span) // QUARTER)
    warn_at = calendar.due(promise.made_at, open_ms - lead) if open_ms else promise.due - lead
    words = inforce.rulebook.templates.automatic.get(LATE)
    wanted = words is not None and words.enabled and rules.grace_ms > 0
    tell = min(rules.tell_before_ms, span // EIGHTH) if wanted else 0
    return Times(
        counts_at=promise.made_at + min(rules.same_breath_ms, span // 2),
        warn_at=promise.due if warn_at is None else warn_at,
        tell_at=promise.due - tell if tell else None,
        breaks_at=promise.due + rules.grace_ms,
    )


class Promises:
    """The promises that stand, the answers that may keep them, and the timers."""

    def __init__(self, desk: str, inforce: InForce) -> None:
        self._desk = desk
        self._inforce = inforce
        self._live: dict[str, Promise] = {}
        self._of: dict[str, dict[str, None]] = {}  # conversation -> what stands, or stood, there
        self._pending: dict[str, Answer] = {}  # by message; where something is promised only
        self._timers: list[tuple[int, str, str]] = []  # at, conversation, promise
        self._kept: dict[str, list[Promise]] = {}  # by the message that kept them
        self._others: list[Answer] = []  # what else was answered where those stood

    def restore(self, live: Iterable[Promise], pending: Iterable[Answer]) -> None:
        """Take in what stands, as the tables have it."""
        for promise in live:
            self._put(promise)
        counts = self._inforce.counts
        self._pending.update((a.message, a) for a in pending if counts(a.agent))

    def live(self, conversation: str) -> list[Promise]:
        """What its customer waits for."""
        return [p for p in self._stood(conversation) if p.conversation == conversation]

    def _stood(self, conversation: str) -> list[Promise]:
        return [self._live[name] for name in self._of.get(conversation, ())]

    def presses(self, conversation: str) -> bool:
        """Whether something that was promised is soon due, or late."""
        return any(p.warned_at is not None for p in self.live(conversation))

    def due(self, conversation: str) -> int | None:
        """By when the first of what is soon due was promised; None: nothing presses."""
        dues = (p.due for p in self.live(conversation) if p.warned_at is not None)
        return min(dues, default=None)

    def due_by(self, now: int) -> set[str]:
        """Conversations of which something may be to be noticed by then."""
        return due_in(self._timers, now)

    def next_timer(self) -> int | None:
        """When to look again."""
        return self._timers[0][0] if self._timers else None

    def excuse(self, conversation: str, told: PromiseChanged) -> PromiseLate:
        """What the customer is told of a promise that will be late: until when it is meant now."""
        until = told.due + self._inforce.rulebook.promises.grace_ms
        return PromiseLate(promise=told.promise, conversation=conversation, until=until)

    # --- facts ---

    def made(self, event: e.Event, body: PromiseMade) -> None:
        """Somebody promised something."""
        self._put(
            Promise(
                id=body.promise,
                desk=self._desk,
                conversation=event.conversation or "",
                identity="",  # to whom, and in which words, stands in the row
                owner=body.owner,
                queue=body.queue,
                text="",
                due=body.due,
                made_at=event.at,
                by=body.by,
                message=body.message or None,
            )
        )

    def ended(self, promise: str) -> None:
        """Somebody ended it by hand."""
        self._drop(promise)

    def written(self, answer: Answer) -> Told:
        """A person wrote a reply."""
        if not self.live(answer.conversation):
            return []
        self._pending[answer.message] = answer  # what keeps nothing yet may by another rulebook
        if answer.state in TOLD:
            return self._answered(answer.conversation, answer.message, answer.at)
        return []

    def settled(self, said: Answer, home: str) -> Told:
        """A try or a report told, at an instant, how far a reply got. home: where its conversation
        goes on."""
        if said.state in UNTOLD and said.message in self._kept:
            return self._reopened(said, home)
        answer = self._pending.get(said.message)
        if answer is None:
            return []
        self._pending[said.message] = answer._replace(state=said.state)
        if said.state in TOLD:
            return self._answered(answer.conversation, answer.message, answer.at)
        return self._look(answer.conversation, said.at)

    def spoken_with(self, conversation: str, call: str, at: int) -> Told:
        """Somebody is on the telephone with the customer."""
        return self._answered(conversation, f"{CALL}{call}", at)

    def resolved(self, conversation: str, at: int) -> Told:
        """The conversation ended. A reply on its way ends it with an answer."""
        told: Told = []
        for promise in self.live(conversation):
            answer = self._awaited(promise)
            told += [
                self._tell(promise, "kept", answer.at, answer.message)
                if answer is not None
                else self._tell(promise, "broken", at)
            ]
        for message, promises in list(self._kept.items()):  # over is over
            if promises[0].conversation == conversation:
                del self._kept[message]
        return told

    def kept(self, promises: Iterable[Promise], answers: Iterable[Answer]) -> None:
        """Take in promises that are over, and what was answered where they stood, as their rows
        have them: what kept them may fail, and another answer may keep them then."""
        for promise in promises:
            self._kept.setdefault(promise.kept_by or "", []).append(promise)
        self._others = [answer for answer in answers if self._inforce.counts(answer.agent)]

    def committed(self) -> None:
        """What was kept so far stands in the tables."""
        self._kept.clear()
        self._others.clear()

    def moved(self, name: str, into: str, at: int) -> None:
        """One is looked after in another conversation: its customer is not who they were."""
        promise = self._live.get(name)
        if promise is not None:
            self._take(promise, into, at, at)

    def went_over(self, conversation: str, into: str, at: int, since: int | None = None) -> None:
        """The conversation goes on in another: what stands is kept, or broken, there. since: when
        what is said there begins to keep it; None: what was said went along."""
        for promise in self.live(conversation):
            self._take(promise, into, at, since)

    def _take(self, promise: Promise, into: str, at: int, since: int | None) -> None:
        promise = taken(promise, into, at, since)
        self._put(promise)
        self._set_timer(promise)

    # --- rules and time ---

    def use(self, inforce: InForce) -> None:
        """Another rulebook is in force: what was told stays, what is due follows from it."""
        self._inforce = inforce
        for promise in self._live.values():
            self._set_timer(promise)

    def tick(self, now: int) -> Told:
        """Tell what is due, each once, with the original instant."""
        told: Told = []
        while self._timers and self._timers[0][0] <= now:
            promise = self._live.get(heapq.heappop(self._timers)[2])
            if promise is not None and self._awaited(promise) is None:
                told += self._notice(promise, now)
        return told

    def _look(self, conversation: str, now: int) -> Told:
        """What a reply on its way had deferred is told when it comes to nothing."""
        waiting = [p for p in self._stood(conversation) if self._awaited(p) is None]
        return [t for promise in waiting for t in self._notice(promise, now)]

    def _awaited(self, promise: Promise) -> Answer | None:
        """An answer to it that is on its way."""
        counts_at = times_of(promise, self._inforce).counts_at
        queued = (
            a
            for a in self._pending.values()
            if a.state in ON_ITS_WAY and a.at > counts_at and stood(promise, a.conversation, a.at)
        )
        return next(queued, None)

    def _notice(self, promise: Promise, now: int) -> Told:
        times, told = times_of(promise, self._inforce), []
        if promise.warned_at is None and now >= times.warn_at:
            told.append(self._tell(promise, "warned", now))
        # Who comes too late to tell it tells nothing: the customer knows by then.
        tells = promise.told_at is None and times.tell_at is not None
        if tells and (times.tell_at or 0) <= now <= promise.due:
            told.append(self._tell(self._live[promise.id], "told", now))
        if promise.late_at is None and now > promise.due:
            told.append(self._tell(self._live[promise.id], "late", now))
        if now > times.breaks_at:
            told.append(self._tell(self._live[promise.id], "broken", now))
        if promise.id in self._live:
            self._set_timer(self._live[promise.id])
        return told

    def _answered(self, conversation: str, by: str, at: int) -> Told:
        return [
            self._tell(promise, "kept", at, by)
            for promise in self._stood(conversation)
            if at > times_of(promise, self._inforce).counts_at and stood(promise, conversation, at)
        ]

    def _reopened(self, said: Answer, home: str) -> Told:
        told: Told = []
        over = self._kept.pop(said.message, ())
        for kept in over:
            elsewhere = kept.conversation != home
            promise = taken(kept, home, said.at) if elsewhere else kept
            told.append(self._tell(promise, "reopened", said.at, said.message))
            # A report may yet say that it arrived.
            at = promise.ended_at or said.at
            self._pending[said.message] = said._replace(at=at, state=MessageState.FAILED)
            told += self._answered_else(self._live[promise.id], said)
        for promise in over:
            if (waits := self._live.get(promise.id)) is not None:
                told += self._notice(waits, said.at)
        return told

    def _answered_else(self, promise: Promise, said: Answer) -> Told:
        """Another answer may have kept it meanwhile, or be on its way."""
        counts_at = times_of(promise, self._inforce).counts_at
        for answer in self._others:
            stands = stood(promise, answer.conversation, answer.at)
            if answer.message == said.message or answer.at <= promise.made_at or not stands:
                continue
            if answer.state in TOLD and answer.at > counts_at:
                return [self._tell(promise, "kept", answer.at, answer.message)]
            self._pending[answer.message] = answer  # it may by another rulebook
        return []

    # --- what stands ---

    def _tell(
        self, promise: Promise, what: str, now: int, kept_by: str = ""
    ) -> tuple[str, PromiseChanged]:
        told = PromiseChanged(
            promise=promise.id,
            what=what,
            due=promise.due,
            noticed_at=now,
            kept_by=kept_by,
            rulebook=self._inforce.version,
        )
        after = moved(promise, told)
        if after.state in ENDED:
            self._drop(promise.id)
        else:
            self._put(after)
        if after.state is PromiseState.KEPT:
            self._kept.setdefault(kept_by, []).append(after)
        return promise.conversation, told

    def _put(self, promise: Promise) -> None:
        fresh = promise.id not in self._live
        self._live[promise.id] = promise
        for place in places_of(promise):
            self._of.setdefault(place.conversation, {})[promise.id] = None
        if fresh:
            self._set_timer(promise)

    def _drop(self, name: str) -> None:
        promise = self._live.pop(name, None)
        if promise is None:
            return
        for conversation in {place.conversation for place in places_of(promise)}:
            others = self._of[conversation]
            del others[name]
            if not others:
                del self._of[conversation]
                for message, answer in list(self._pending.items()):
                    if answer.conversation == conversation:
                        del self._pending[message]

    def _set_timer(self, promise: Promise) -> None:
        times = times_of(promise, self._inforce)
        at = times.breaks_at + 1
        if promise.late_at is None:
            at = promise.due + 1
        if promise.late_at is None and promise.told_at is None and times.tell_at is not None:
            at = times.tell_at
        if promise.warned_at is None:
            at = min(at, times.warn_at)
        heapq.heappush(self._timers, (at, promise.conversation, promise.id))
