"""What the desk says by itself: the acknowledgement, in the customer's language, and only once.

And what the desk's owner wants said while somebody is silent (stages.py). Never to a machine
(accept makes no such job), never when a person was quicker, never more than one a day to one
address (RFC 3834). A stage is said as often as the rulebook wants in a turn, which only people's
words begin and end; by mail, once a day to an address all the same.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec

from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, full_minute
from gateway.domain.conversation import Status, Verb
from gateway.domain.job import (
    LATE,
    FirstAnswer,
    InVain,
    Plea,
    PromiseLate,
    ScoreGiven,
    StageDue,
)
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.domain.promise import PromiseState
from gateway.domain.silence import Stage
from gateway.pipeline.accounts import Account
from gateway.pipeline.answering import FIRST, LOOKS, Answering, may_answer
from gateway.pipeline.handoff import asks_for_people, tells, told_of
from gateway.pipeline.inforce import InForce, case_of
from gateway.pipeline.ownwords import Aside, OwnWords, Unsaid, Why
from gateway.pipeline.stages import AFTERWARDS, RESTING
from gateway.pipeline.surveys import BLOCKED, SurveyLinks, Surveys
from gateway.pipeline.timetable import ANSWERS
from gateway.store import Claimed, Store
from gateway.store.queries import deciding, promises, silences
from gateway.verbs.conversation import SetStatus
from gateway.verbs.message import Cap
from gateway.verbs.refusals import MOVED_ON
from gateway.verbs.settle import Settle

CLOSED = Stage.OUT_OF_HOURS
OVERFLOW = "auto:overflow"
UNWANTED = Unsaid(Why.UNWANTED, "the rulebook does not want it")
SPOKEN = Unsaid(Why.UNWANTED, "somebody has spoken since")
OVER = Unsaid(Why.UNWANTED, "the conversation is over")
ANSWERED = Unsaid(Why.UNWANTED, "a person has answered already")
WITH_MACHINE = Unsaid(Why.UNWANTED, "a machine is at the other end")
RESTS = Unsaid(Why.UNWANTED, "the conversation rests with us")
IS_OPEN = Unsaid(Why.UNWANTED, "the desk is open")
TOLD = Unsaid(Why.UNWANTED, "a stage tells that people answer")
WORDLESS = Unsaid(Why.UNWANTED, "nothing is to be said")
NO_PROMISE = Unsaid(Why.UNWANTED, "the promise does not stand any more")
MINUTE = timedelta(minutes=1)
TIME = {  # what the instant that is known at a stage is called in its words
    Stage.STILL_WAITING: "reply_by",
    Stage.AGENT_SILENT: "reply_by",
    Stage.HANDOFF: "reply_by",
    Stage.CUSTOMER_SILENT: "close_by",
}
THEN = {Stage.CLOSED_SILENT: "resolve", Stage.RESOLVED: "over"}
CUSTOMERS = (Stage.CUSTOMER_SILENT, Stage.CLOSED_SILENT)  # whose customer is silent
PER_ADDRESS = 1  # automatic messages to one address
PER_ADDRESS_MS = DAY_MS
LATENESS_MS = MINUTE_MS  # who is written to a day after the last may have been so a little late
PER_DOMAIN = 10  # automatic mails to one domain
PER_DOMAIN_MS = HOUR_MS

Said = Message | Unsaid
_plea = msgspec.json.Decoder(Plea)


class Automatic:
    """Answers by itself where the rulebook says so."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        words: OwnWords,
        links: SurveyLinks,
        answering: Answering,
        inforce: Callable[[], InForce],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._words = words
        self._surveys = Surveys(store, words, links, inforce)
        self._answering = answering
        self._inforce = inforce

    async def answer(self, claimed: Claimed) -> Settle:
        """Write the automatic message of a job, unless it is no longer wanted; the job is done."""
        said = await self._carry_out(_plea.decode(claimed.job.body))
        return Settle(
            job=claimed.job.id,
            attempt=claimed.attempt.id,
            outcome="written" if isinstance(said, Message) else "skipped",
            detail="" if isinstance(said, Message) else said.detail,
            state=None,
        )

    async def _carry_out(self, plea: Plea) -> Said:
        """The message, or why there is none."""
        match plea:
            case FirstAnswer():
                return await self._say_first(plea)
            case InVain():
                return await self._say_in_vain(plea)
            case PromiseLate():
                return await self._say_late(plea)
            case StageDue():
                return await self._say_staged(plea)
            case ScoreGiven():
                return await self._thank(plea)
            case _:
                assert_never(plea)

    async def _say_first(self, plea: FirstAnswer) -> Said:
        found = await self._store.read(deciding.known, (plea.conversation,))
        known = found.get(plea.conversation)
        if known is None or known.conversation.status is Status.RESOLVED:
            return OVER
        if known.answered:
            return ANSWERED
        if known.contact.blocked:
            return BLOCKED
        conversation, inforce = known.conversation, self._inforce()
        account = self._accounts.get(conversation.account)
        if account is None:
            return _unknown(conversation.account)
        case = case_of(known, account.channel, self._store.clock.now_ms())
        queue = inforce.route(case).queue
        automatic = inforce.automatic(plea.template, account.channel, queue)
        more = self._hours(queue)
        closed = inforce.automatic(CLOSED, account.channel, queue) if more else None
        handoff = inforce.automatic(Stage.HANDOFF, account.channel, queue)
        if automatic is not None or closed is None:  # else a stage tells that we are closed
            caps = _caps(conversation.identity, account, "")
            told = await self._answering.answer(known, account, case, inforce, more, caps)
            if told is not None:
                return told
            found = await self._store.read(deciding.known, (plea.conversation,))
            if (known := found.get(plea.conversation)) is None or known.answered:
                return ANSWERED  # while articles were looked at
        if handoff is not None and await self._is_told(known):
            return TOLD
        if automatic is not None and closed is None:
            return await self._write(known, account, automatic.template or plea.template, {})
        stage, words = CLOSED, closed if automatic is not None else None
        if automatic is None and closed is None and may_answer(inforce, account.channel, case.text):
            stage, words = Stage.HANDOFF, handoff  # no article answers, and nothing else is said
        if words is None:
            return UNWANTED
        more |= told_of(stage, known.unanswered, answered=known.answered)
        return await self._write(known, account, words.template or stage, more, stage=stage)

    async def _is_told(self, known: deciding.Known) -> bool:
        """Whether a stage tells of people; it does not where an agent has had it before."""
        if not asks_for_people(known.unanswered):
            return False
        return tells(await self._store.read(silences.live, known.conversation.id))

    async def _say_in_vain(self, plea: InVain) -> Said:
        """What an overflow rule wants said, whatever was said before; nobody will answer then."""
        found = await self._store.read(deciding.known, (plea.conversation,))
        known = found.get(plea.conversation)
        if known is None or known.conversation.status is Status.RESOLVED:
            return OVER
        said = await self._say_overflow(plea, known)
        if plea.resolves:
            await self._store.submit(_end_of(known, OVERFLOW))
        return said

    async def _say_overflow(self, plea: InVain, known: deciding.Known) -> Said:
        account = self._accounts.get(known.conversation.account)
        if account is None:
            return _unknown(known.conversation.account)
        if not plea.template:
            return WORDLESS
        key = f"auto:{plea.work}:{plea.template}"
        return await self._write(known, account, plea.template, {}, key)

    async def _say_late(self, plea: PromiseLate) -> Said:
        """That a promise will be late, before it is: once, to people alone, where it stands now."""
        promise = await self._store.read(promises.one, plea.promise)
        if promise is None or promise.state is not PromiseState.OPEN:
            return NO_PROMISE
        if await self._store.read(promises.is_with_machine, promise.conversation):
            return WITH_MACHINE
        found = await self._store.read(deciding.known, (promise.conversation,))
        known = found.get(promise.conversation)
        if known is None or known.conversation.status is Status.RESOLVED:
            return OVER
        if known.contact.blocked:
            return BLOCKED
        account = self._accounts.get(known.conversation.account)
        if account is None:
            return _unknown(known.conversation.account)
        automatic = self._inforce().automatic(LATE, account.channel)
        if automatic is None:
            return UNWANTED
        template, key = automatic.template or LATE, f"auto:promise:{plea.promise}"
        return await self._write(known, account, template, self._due("reply_by", plea.until), key)

    async def _thank(self, plea: ScoreGiven) -> Said:
        """For a score that the customer wrote, unless they write on just then."""
        for _ in range(LOOKS):
            found = await self._store.read(deciding.known, (plea.conversation,))
            known = found.get(plea.conversation)
            said = await self._surveys.thank(plea, self._accounts, known) if known else OVER
            if not _is(said, Why.MOVED_ON):
                return said
        return SPOKEN

    async def _say_staged(self, plea: StageDue) -> Said:
        """What a silence wants said, unless somebody has spoken since it was noticed."""
        for _ in range(LOOKS):
            heard = await self._store.read(silences.heard, plea.conversation)
            if heard is None or _heard_since(heard, plea):
                return SPOKEN
            said = await self._say_stage(plea, heard)
            if plea.stage is Stage.CLOSED_SILENT and _is(said, Why.UNSAYABLE):
                said = await self._close_unsaid(heard.known, said)
            if not _is(said, Why.MOVED_ON):
                return said
        return SPOKEN

    async def _say_stage(self, plea: StageDue, heard: silences.Heard) -> Said:
        known, inforce, stage = heard.known, self._inforce(), plea.stage
        conversation = known.conversation
        if (conversation.status is Status.RESOLVED) is not (stage in AFTERWARDS):
            return SPOKEN
        if stage in CUSTOMERS and conversation.status in RESTING:
            return RESTS
        if heard.with_machine:
            return WITH_MACHINE
        if known.contact.blocked:
            return BLOCKED
        where = plea.account or conversation.account
        account = self._accounts.get(where)
        if account is None:
            return _unknown(where)
        if stage is Stage.SURVEY:
            return await self._surveys.ask(known, account, plea)
        automatic = inforce.automatic(stage, account.channel, plea.queue)
        if automatic is None:
            return UNWANTED
        more = self._time(stage, plea.until)
        if stage in ANSWERS:
            hours = self._hours(plea.queue)
            if stage is CLOSED and not hours:
                return IS_OPEN
            # What counts by opening hours is due at no time that means anything before them.
            more = hours or more
        more |= told_of(stage, known.unanswered, answered=known.answered)
        aside = Aside(
            caps=_stage_caps(conversation.identity, account, stage),
            stage=stage,
            then=THEN.get(stage, ""),
            unmoved=conversation.seq,
        )
        key = f"auto:{stage}:{plea.turn}:{plea.number}"
        template = automatic.template or stage
        return await self._words.write(known, account, template, key, more, aside)

    async def _close_unsaid(self, known: deciding.Known, unsaid: Said) -> Said:
        """End it without the words that cannot be said, unless something happens just then."""
        verb = _end_of(known, f"auto:{Stage.CLOSED_SILENT}", unmoved=known.conversation.seq)
        answer = await self._store.submit(verb)
        if isinstance(answer, Refusal) and answer.code == MOVED_ON.code:
            return Unsaid(Why.MOVED_ON, answer.detail)
        return unsaid

    def _hours(self, queue: str) -> dict[str, int | str]:
        """When a queue opens again, while it is closed."""
        next_open = self._next_open(queue)
        return {} if next_open is None else {"next_open": next_open, "zone": self._zone(next_open)}

    def _time(self, stage: Stage, until: int) -> dict[str, int | str]:
        """The instant that is known at a stage, while it is to come."""
        if stage not in TIME:
            return {}
        if until <= self._store.clock.now_ms():
            return {TIME[stage]: ""}
        if stage in CUSTOMERS:
            return {TIME[stage]: until, "zone": self._zone(until)}
        return self._due(TIME[stage], until)

    def _due(self, name: str, until: int) -> dict[str, int | str]:
        """By when we answer, never told as earlier than it is due."""
        told = full_minute(until)
        return {name: told, "zone": self._zone(told)}

    def _next_open(self, queue: str) -> int | str | None:
        """When a queue opens again ("": nobody knows); None while it is open."""
        calendar = self._inforce().calendar_of_queue(queue)
        now = self._store.clock.now_ms()
        if calendar.is_open(now):
            return None
        return calendar.next_open(now) or ""

    def _zone(self, instant: int | str) -> str:
        """`UTC+8`: a customer elsewhere reads the desk's time otherwise; "" without an instant."""
        if isinstance(instant, str):
            return ""
        zone = ZoneInfo(self._inforce().rulebook.desk.timezone)
        offset = datetime.fromtimestamp(instant // SECOND_MS, zone).utcoffset() or timedelta()
        minutes = offset // MINUTE
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")

    async def _write(
        self,
        known: deciding.Known,
        account: Account,
        template: str,
        more: dict[str, int | str],
        key: str = FIRST,
        stage: str = "",
    ) -> Said:
        caps = _caps(known.conversation.identity, account, "" if key == FIRST else template)
        return await self._words.write(known, account, template, key, more, Aside(caps, stage))


def _heard_since(heard: silences.Heard, plea: StageDue) -> bool:
    """Whether somebody has spoken: who writes on while they wait for a person still does."""
    spoken = heard.answered_seq if plea.stage is Stage.HANDOFF else heard.spoken_seq
    return spoken > plea.spoken_seq


def _is(said: Said, why: Why) -> bool:
    return isinstance(said, Unsaid) and said.why is why


def _unknown(account: str) -> Unsaid:
    return Unsaid(Why.UNSAYABLE, f"account {account} is not configured here")


def _end_of(known: deciding.Known, by: str, unmoved: int | None = None) -> SetStatus:
    """Nobody will answer, or speak; who writes again is asked anew."""
    desk, conversation = known.conversation.desk, known.conversation.id
    return SetStatus(
        desk=desk, conversation=conversation, verb=Verb.RESOLVE, by=by, unmoved=unmoved
    )


def _caps(identity: str, account: Account, template: str) -> tuple[Cap, ...]:
    """How much may go by itself. Where committed is sent, no machine answers back."""
    if not account.capabilities.sends:
        return ()
    name = f"auto:{identity}{template}"
    return (Cap(name=name, most=PER_ADDRESS, per_ms=PER_ADDRESS_MS), *_mail_caps(identity))


def _stage_caps(identity: str, account: Account, stage: Stage) -> tuple[Cap, ...]:
    """How much of a stage may go beside what a turn allows: of mail, what RFC 3834 is about."""
    by_mail = _mail_caps(identity)
    if not account.capabilities.sends or not by_mail:
        return ()
    span_ms = PER_ADDRESS_MS - LATENESS_MS
    return (Cap(name=f"auto:{identity}{stage}", most=PER_ADDRESS, per_ms=span_ms), *by_mail)


def _mail_caps(identity: str) -> tuple[Cap, ...]:
    _, at, domain = identity.rpartition("@")
    return (Cap(name=f"auto:@{domain}", most=PER_DOMAIN, per_ms=PER_DOMAIN_MS),) if at else ()
