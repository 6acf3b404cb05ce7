"""A desk on paper: runs commands as the writer does, with dictionaries for tables."""

from random import Random
from typing import Any

from msgspec.structs import replace

from gateway.contract import InboundMessage, RawRequest
from gateway.domain.desk import Desk
from gateway.domain.events import Event, decode_body
from gateway.domain.ids import IdMaker
from gateway.domain.job import Attempt, Job, JobState
from gateway.domain.outcome import Refusal
from gateway.domain.rows import TABLES, Key, Row
from gateway.verbs.accept import Accept
from gateway.verbs.change import Change, Command, Lookup, View
from gateway.verbs.held import Way
from gateway.verbs.incoming import Policy
from gateway.verbs.ways import Limits

START_MS = 1_790_000_000_000


class PaperDesk:
    """One desk; `now` is moved by the test."""

    def __init__(self) -> None:
        self.now = START_MS
        self.tables: dict[type[Row], dict[Key, Row]] = {row: {} for row in TABLES}
        self.events: list[Event] = []
        self._ids = IdMaker(self, Random(7))
        self.desk = Desk(
            id="desk",
            head=0,
            clock_ms=0,
            owner=None,
            epoch=0,
            lease_until=0,
            applied=0,
            rulebook=0,
            audited=0,
        )

    def now_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return self.now

    def run(self, *commands: Command) -> Any:
        """The answers of a batch; of one command, its answer."""
        view = View()
        for _ in range(24):
            wanted = {
                lookup
                for command in commands
                for lookup in command.reads(view)
                if not view.knows(lookup)
            }
            if not wanted:
                break
            for lookup in wanted:
                view.load(lookup, self.found(lookup))
        change = Change(view, self.desk, self.now, self._ids)
        answers = []
        for command in commands:
            change.begin()
            answer = command.decide(change)
            if isinstance(answer, Refusal):
                change.undo()
            answers.append(answer)
        for row_type, (puts, deletes) in change.written().items():
            table = TABLES[row_type]
            self.tables[row_type] |= {table.key_of(row): row for row in puts}
            for key in deletes:
                self.tables[row_type].pop(key, None)
        self.events += change.events
        self.desk = replace(change.desk, head=change.head)
        return answers[0] if len(answers) == 1 else answers

    def found(self, lookup: Lookup) -> list[Row]:
        """The rows that are asked for."""
        rows = self.tables[lookup.row]
        if not lookup.by:
            found = rows.get(lookup.value)
            return [found] if found is not None else []
        value_of = TABLES[lookup.row].value_of[lookup.by]
        return [row for row in rows.values() if value_of(row) == lookup.value]

    def all(self, row_type: type[Any]) -> list[Any]:
        """Every row of a kind."""
        return list(self.tables[row_type].values())

    def one(self, row_type: type[Any]) -> Any:
        """The only row of a kind."""
        (row,) = self.tables[row_type].values()
        return row

    def kinds(self) -> list[str]:
        """What the log tells, in order."""
        return [event.kind for event in self.events]

    def bodies(self, kind: str) -> list[Any]:
        """The bodies of the events of a kind."""
        return [decode_body(event) for event in self.events if event.kind == kind]


def accept(
    *events: Any, account: str = "sms", cursor: tuple[str, str] | None = None, **policy: Any
) -> Accept:
    """A delivery of these events."""
    raw = RawRequest(
        account=account, method="POST", path=f"/in/{account}", body=b"x", cursor=cursor
    )
    return Accept(
        desk="desk",
        channel="sms",
        raw=raw,
        events=tuple(events),
        policy=Policy(**policy),
        way=way(account),
    )


def way(account: str = "sms", **limits: Any) -> Way:
    """An account that carries anything."""
    limited = Limits(**limits)
    return Way(account=account, channel="sms", limits=limited, sends=True, fit=lambda m: m)


def said(text: str, key: str, sender: str = "tel:+491", **fields: Any) -> InboundMessage:
    """A customer's message."""
    return InboundMessage(
        key=f"message:{key}", sender=sender, recipient="tel:+1", text=text, **fields
    )


def claim(desk: PaperDesk, job: Job) -> str:
    """As a claim does: the job is being done, its attempt runs."""
    taken = replace(job, attempts=job.attempts + 1, state=JobState.SENDING)
    desk.tables[Job][job.id,] = taken
    attempt = Attempt(
        id=f"{job.id}:{taken.attempts}",
        desk="desk",
        job=job.id,
        key=job.key,
        number=taken.attempts,
        account="sms",
        node="n",
        started_at=desk.now,
        ended_at=None,
        outcome="",
        detail="",
        provider_id=None,
    )
    desk.tables[Attempt][attempt.id,] = attempt
    return attempt.id
