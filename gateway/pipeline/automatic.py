"""What the desk says by itself: the acknowledgement, in the customer's language, and only once.

And what the desk's owner wants said while somebody is silent (stages.py). Never to a machine
(accept makes no such job), never when a person was quicker, never more than one mail a day to one
address (RFC 3834), or as many of a stage as the rulebook wants in a turn.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from gateway.domain.clock import DAY_MS, HOUR_MS, SECOND_MS
from gateway.domain.conversation import Status, Verb
from gateway.domain.job import Plea
from gateway.domain.message import Message
from gateway.domain.promise import PromiseState
from gateway.domain.silence import Stage
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import InForce, case_of
from gateway.pipeline.ownwords import Aside, OwnWords
from gateway.store import Claimed, Store
from gateway.store.queries import deciding, promises, silences
from gateway.verbs.conversation import SetStatus
from gateway.verbs.message import MOVED_ON, Cap
from gateway.verbs.settle import Settle

CLOSED = Stage.OUT_OF_HOURS
OVERFLOW = "auto:overflow"
FIRST = "auto:first"  # the key of the one first answer of a conversation
UNWANTED = "the rulebook does not want it"
SPOKEN = "somebody has spoken since"
MINUTE = timedelta(minutes=1)
LOOKS = 5  # at a conversation in which something happens just now
TIME = {  # what the instant that is known at a stage is called in its words
    Stage.STILL_WAITING: "reply_by",
    Stage.AGENT_SILENT: "reply_by",
    Stage.CUSTOMER_SILENT: "close_by",
}
THEN = {Stage.CLOSED_SILENT: "resolve", Stage.RESOLVED: "over"}
PER_ADDRESS = 1  # automatic messages to one address
PER_ADDRESS_MS = DAY_MS
PER_DOMAIN = 10  # automatic mails to one domain
PER_DOMAIN_MS = HOUR_MS


class Automatic:
    """Answers by itself where the rulebook says so."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        words: OwnWords,
        inforce: Callable[[], InForce],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._words = words
        self._inforce = inforce

    async def answer(self, claimed: Claimed) -> Settle:
        """Write the automatic message of a job, unless it is no longer wanted; the job is done."""
        plea = msgspec.json.decode(claimed.job.body, type=Plea)
        said = await self._way(plea)(plea)
        if plea.resolves and not (plea.turn and _settles(said)):
            await self._resolve(plea)
        return Settle(
            job=claimed.job.id,
            attempt=claimed.attempt.id,
            outcome="written" if isinstance(said, Message) else "skipped",
            detail="" if isinstance(said, Message) else said,
            state=None,
        )

    def _way(self, plea: Plea) -> Callable[[Plea], Awaitable[Message | str]]:
        if plea.turn:
            return self._say_staged
        return self._say_late if plea.promise else self._say_in_vain if plea.work else self._say

    async def _say(self, plea: Plea) -> Message | str:
        """The message, or why there is none."""
        found = await self._store.read(deciding.known, (plea.conversation,))
        known = found.get(plea.conversation)
        if known is None or known.conversation.status is Status.RESOLVED:
            return "the conversation is over"
        if known.answered:
            return "a person has answered already"
        conversation, inforce = known.conversation, self._inforce()
        account = self._accounts.get(conversation.account)
        if account is None:
            return f"account {conversation.account} is not configured here"
        case = case_of(known, account.channel, self._store.clock.now_ms())
        queue = inforce.route(case).queue
        automatic = inforce.automatic(plea.template, account.channel, queue)
        if automatic is None:
            return UNWANTED
        next_open = self._next_open(queue)
        closed = inforce.automatic(CLOSED, account.channel, queue)
        if next_open is not None and closed is not None:
            more = {"next_open": next_open, "zone": self._zone(next_open)}
            return await self._write(known, account, closed.template or CLOSED, more)
        return await self._write(known, account, automatic.template or plea.template, {})

    async def _say_in_vain(self, plea: Plea) -> Message | str:
        """What an overflow rule wants said, whatever was said before."""
        found = await self._store.read(deciding.known, (plea.conversation,))
        known = found.get(plea.conversation)
        if known is None or known.conversation.status is Status.RESOLVED:
            return "the conversation is over"
        account = self._accounts.get(known.conversation.account)
        if account is None:
            return f"account {known.conversation.account} is not configured here"
        if not plea.template:
            return "nothing is to be said"
        key = f"auto:{plea.work}:{plea.template}"
        return await self._write(known, account, plea.template, {}, key)

    async def _say_late(self, plea: Plea) -> Message | str:
        """That a promise will be late, before it is: once, to people alone, where it stands now."""
        promise = await self._store.read(promises.one, plea.promise)
        if promise is None or promise.state is not PromiseState.OPEN:
            return "the promise does not stand any more"
        if await self._store.read(promises.is_with_machine, promise.conversation):
            return "a machine is at the other end"
        found = await self._store.read(deciding.known, (promise.conversation,))
        known = found.get(promise.conversation)
        if known is None or known.conversation.status is Status.RESOLVED:
            return "the conversation is over"
        account = self._accounts.get(known.conversation.account)
        if account is None:
            return f"account {known.conversation.account} is not configured here"
        automatic = self._inforce().automatic(plea.template, account.channel)
        if automatic is None:
            return UNWANTED
        template, key = automatic.template or plea.template, f"auto:promise:{plea.promise}"
        return await self._write(known, account, template, {"reply_by": plea.until}, key)

    async def _say_staged(self, plea: Plea) -> Message | str:
        """What a silence wants said, unless somebody has spoken since it was noticed."""
        for _ in range(LOOKS):
            heard = await self._store.read(silences.heard, plea.conversation)
            if heard is None or heard.spoken_seq > plea.spoken_seq:
                return SPOKEN
            said = await self._say_stage(plea, Stage(plea.template), heard)
            if said != MOVED_ON.detail:
                return said
        return SPOKEN

    async def _say_stage(self, plea: Plea, stage: Stage, heard: silences.Heard) -> Message | str:
        known, inforce = heard.known, self._inforce()
        conversation = known.conversation
        if (conversation.status is Status.RESOLVED) is not (stage is Stage.RESOLVED):
            return SPOKEN
        if heard.with_machine:
            return "a machine is at the other end"
        account = self._accounts.get(conversation.account)
        if account is None:
            return f"account {conversation.account} is not configured here"
        automatic = inforce.automatic(stage, account.channel, plea.queue)
        if automatic is None:
            return UNWANTED
        more: dict[str, int | str] = {TIME[stage]: plea.until or ""} if stage in TIME else {}
        if stage is CLOSED:
            next_open = self._next_open(plea.queue)
            if next_open is None:
                return "the desk is open"
            more = {"next_open": next_open, "zone": self._zone(next_open)}
        aside = Aside(
            caps=_caps(conversation.identity, account, stage, automatic.times),
            stage=stage,
            then=THEN.get(stage, ""),
            unmoved=conversation.seq,
        )
        key = f"auto:{stage}:{plea.turn}:{plea.number}"
        template = automatic.template or stage
        return await self._words.write(known, account, template, key, more, aside)

    async def _resolve(self, plea: Plea) -> None:
        """Nobody will answer; who writes again is asked anew."""
        known = await self._store.read(deciding.known, (plea.conversation,))
        for each in known.values():
            conversation = each.conversation
            by = f"auto:{plea.template}" if plea.turn else OVERFLOW
            verb = SetStatus(
                desk=conversation.desk, conversation=conversation.id, verb=Verb.RESOLVE, by=by
            )
            await self._store.submit(verb)

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
    ) -> Message | str:
        caps = _caps(known.conversation.identity, account, "" if key == FIRST else template)
        return await self._words.write(known, account, template, key, more, Aside(caps))


def _settles(said: Message | str) -> bool:
    """Whether a closing has ended the conversation with its words, or is not to end it."""
    return isinstance(said, Message) or said in (SPOKEN, UNWANTED)


def _caps(
    identity: str, account: Account, template: str, most: int = PER_ADDRESS
) -> tuple[Cap, ...]:
    """How much may go by itself. Where committed is sent, no machine answers back."""
    if not account.capabilities.sends:
        return ()
    caps = [Cap(name=f"auto:{identity}{template}", most=most, per_ms=PER_ADDRESS_MS)]
    _, at, domain = identity.rpartition("@")
    if at:
        caps.append(Cap(name=f"auto:@{domain}", most=PER_DOMAIN, per_ms=PER_DOMAIN_MS))
    return tuple(caps)
