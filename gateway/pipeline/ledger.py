"""What the engine did and what was decided, until it is committed. Pure."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from gateway.domain import events as e
from gateway.domain import work as rows
from gateway.domain.call import AgentTask
from gateway.domain.callback import CallbackTask
from gateway.domain.ids import IdMaker
from gateway.domain.job import Job, JobKind, Plea
from gateway.domain.judgement import Judgement
from gateway.domain.rows import Row
from gateway.domain.silence import Silence
from gateway.pipeline.saying import (
    ENDED,
    agent_row,
    decision_of,
    filled,
    offer_row,
    snapshot_of,
    work_row,
)
from gateway.store.queries.deciding import Standing
from gateway.verbs import callbackjob, calljob
from gateway.verbs.jobs import errand
from gateway.verbs.work import Decided
from routing import events as r
from routing.engine import Engine
from routing.rows import OfferPhase, Snapshot, WorkState


class Ledger:
    """The live work as the engine has it, and the rows and decisions that wait to be written."""

    def __init__(self, desk: str, new_id: IdMaker) -> None:
        self.desk = desk
        self._new_id = new_id
        self._works: dict[str, WorkState] = {}
        self._work_of: dict[str, str] = {}  # conversation -> live work
        self._why: dict[str, str] = {}  # by work, and by offer: why to this agent
        self._rows: dict[tuple[type[Row], str], Row] = {}
        self._decisions: list[Decided] = []

    def restored(self, standing: Standing) -> Snapshot:
        """Know what stands; the engine starts from the same."""
        works = tuple(msgspec.json.decode(row.body, type=WorkState) for row in standing.works)
        for row, work in zip(standing.works, works, strict=True):
            self._works[work.id] = work
            self._work_of[work.conversation] = work.id
            self._why[work.id] = row.why
        self._why.update((offer.id, offer.why) for offer in standing.offers)
        return snapshot_of(standing, works)

    # --- live work ---

    def work(self, work_id: str) -> WorkState | None:
        """A piece of work, None when it is over."""
        return self._works.get(work_id)

    def live(self, conversation: str) -> WorkState | None:
        """The live work of a conversation."""
        return self._works.get(self._work_of.get(conversation, ""))

    @property
    def works(self) -> dict[str, WorkState]:
        """All of it by id."""
        return self._works

    def conversation_of(self, event: Any) -> str | None:
        """The conversation that an event of the engine is about."""
        work = self._works.get(getattr(event, "work", None) or "")
        return work.conversation if work is not None else None

    def forget(self, work_id: str) -> WorkState | None:
        """It is done."""
        return self._works.pop(work_id, None)

    # --- what is to be written ---

    def tell(
        self,
        told: Iterable[r.Event],
        version: int,
        cause: int | None,
        judged: Callable[[str], Judgement | None],
    ) -> None:
        """Decisions of what the engine did; `judged`: what a conversation is taken for."""
        for event in told:
            if isinstance(event, r.OfferCreated | r.AssignmentStarted) and event.why is not None:
                self.note_why(event)
            decision = decision_of(event, version)
            if isinstance(decision, e.WorkChanged):
                work = self.work(decision.work)
                decision = filled(decision, work, judged(work.conversation) if work else None)
            if decision is not None:
                self.decide(decision, self.conversation_of(event), cause)

    def take(self, engine: Engine, now: int) -> None:
        """The rows of all that the engine touched."""
        touched = engine.drain_touched()
        for work in touched.works:
            self._works[work.id] = work
            live = work.phase not in ENDED
            if live:
                self._work_of[work.conversation] = work.id
            elif self._work_of.get(work.conversation) == work.id:
                del self._work_of[work.conversation]
            why = self._why.get(work.id, "") if live else self._why.pop(work.id, "")
            self._rows[rows.Work, work.id] = work_row(self.desk, work, why, now)
        for offer in touched.offers:
            conversation = self._works[offer.work].conversation
            live = offer.phase is OfferPhase.LIVE
            why = self._why.get(offer.id, "") if live else self._why.pop(offer.id, "")
            self._rows[rows.Offer, offer.id] = offer_row(self.desk, offer, conversation, why, now)
        for agent in touched.agents:
            self._rows[rows.AgentState, agent.id] = agent_row(self.desk, agent)

    def note_why(self, given: r.OfferCreated | r.AssignmentStarted) -> None:
        """Why it was given to somebody: with the work the last, with each offer its own."""
        why = msgspec.json.encode(given.why).decode()
        self._explain(rows.Work, given.work, why)
        if isinstance(given, r.OfferCreated):
            self._explain(rows.Offer, given.offer, why)

    def _explain(self, kind: type[rows.Work | rows.Offer], name: str, why: str) -> None:
        row = self._rows.get((kind, name))
        if isinstance(row, rows.Work | rows.Offer):
            self._rows[kind, name] = replace(row, why=why)
            if row.ended_at is None:
                self._why[name] = why

    def put(self, row: rows.Turn | rows.Resolution | Silence | Job) -> None:
        """A row that is not the engine's."""
        key = row.conversation if isinstance(row, rows.Resolution | Silence) else row.id
        self._rows[type(row), key] = row

    def have_done(self, what: AgentTask, seq: int, now: int) -> None:
        """A telephone joins a call or leaves it, after this commits."""
        conversation = what.conversation
        self.put(calljob.job_of(what, self._new_id(), self.desk, conversation, seq, now))

    def call_back(self, what: CallbackTask, seq: int, now: int) -> None:
        """Something is done about a callback, after this commits."""
        self.put(callbackjob.job_of(what, self._new_id(), self.desk, seq, now, now))

    def say(self, what: Plea, seq: int, now: int) -> None:
        """Something is said by itself, after this commits."""
        kind, lane = JobKind.AUTO_REPLY, f"auto:{what.conversation}"
        job = errand(kind, lane, what, job=self._new_id(), desk=self.desk, seq=seq, now=now)
        self.put(job)

    def judge(self, judgement: Judgement) -> None:
        """What a conversation is taken for."""
        self._rows[Judgement, judgement.conversation] = judgement

    def decide(self, body: e.Body, conversation: str | None, cause: int | None) -> None:
        """A decision for the log."""
        self._decisions.append(Decided(body=body, conversation=conversation, cause=cause))

    def drain(self) -> tuple[list[Row], list[Decided]]:
        """Everything since the last call, to be committed together."""
        out = list(self._rows.values()), self._decisions
        self._rows, self._decisions = {}, []
        return out
