"""Read a kept delivery again: what its adapter understands by now goes in, once."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.delivery import DeadLetter, Delivery
from gateway.domain.job import Attempt, Job
from gateway.verbs.accept import Accept, put_aside
from gateway.verbs.change import Change, Lookup, View, by_index, by_key


class ReadAgain(msgspec.Struct, kw_only=True):
    """One try of a READ job: what the kept delivery of its key says now."""

    failpoint: ClassVar[str] = "accept"

    job: str
    attempt: str
    delivery: str
    accept: Accept | None  # None: it could not be handed to its adapter
    why: str = ""  # in words, when it could not

    def reads(self, view: View) -> Iterable[Lookup]:
        """The job, its attempt, the delivery, its letters, and what its events are held against."""
        yield by_key(Job, self.job)
        yield by_key(Attempt, self.attempt)
        yield by_key(Delivery, self.delivery)
        yield by_index(DeadLetter, "delivery", self.delivery)
        if self.accept is not None:
            yield from self.accept.reads(view)

    def decide(self, change: Change) -> None:
        """What is new goes in; what nobody can read yet goes on waiting, with today's reason."""
        attempt = change.get(Attempt, self.attempt)
        if attempt is None or attempt.outcome:
            return
        outcome = "refused" if self.accept is None else "read"
        change.put(replace(attempt, ended_at=change.now, outcome=outcome, detail=self.why))
        job, delivery = change.get(Job, self.job), change.get(Delivery, self.delivery)
        if job is None or job.attempts != attempt.number:
            return
        change.delete(job)
        if delivery is None:
            return
        if self.accept is None:
            for letter in self._letters(change, "open"):
                change.put(replace(letter, detail=self.why))
            return
        fresh, _ = self.accept.fresh(change)
        unread = [why for e in fresh if (why := self.accept.why_unreadable(e)) is not None]
        more = self._keep_waiting(change, delivery, unread)
        change.put(
            replace(
                delivery,
                events=delivery.events + len(fresh) - len(unread),
                unreadable=delivery.unreadable + more,
            )
        )
        for event in fresh:
            if self.accept.why_unreadable(event) is None:
                self.accept.apply(change, delivery.id, event)

    def _letters(self, change: Change, state: str) -> list[DeadLetter]:
        found = change.by(DeadLetter, "delivery", self.delivery)
        return sorted((x for x in found if x.state == state), key=lambda letter: letter.id)

    def _keep_waiting(self, change: Change, delivery: Delivery, unread: list[str]) -> int:
        """One open letter for each item that nobody can read; how many had none before."""
        for letter in self._letters(change, "discarded"):
            if letter.detail in unread:
                unread = [*unread]
                unread.remove(letter.detail)
        waiting = self._letters(change, "open")
        for letter, why in zip(waiting, unread, strict=False):
            change.put(replace(letter, detail=why))
        for letter in waiting[len(unread) :]:
            change.put(replace(letter, state="read"))
        for why in unread[len(waiting) :]:
            put_aside(change, delivery.account, delivery.id, why)
        return max(0, len(unread) - len(waiting))
