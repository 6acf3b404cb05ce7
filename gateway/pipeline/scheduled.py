"""What was written for later, when its time has come: the path of any reply, and no other."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
import structlog
from msgspec.structs import replace

from gateway.domain.conversation import Conversation
from gateway.domain.outcome import Refusal
from gateway.domain.scheduled import Scheduled
from gateway.pipeline.accounts import Account
from gateway.pipeline.courteous import context_of, findings, held_back
from gateway.pipeline.crew import STUMBLES
from gateway.pipeline.inforce import InForce
from gateway.pipeline.writing import Reply
from gateway.store import Claimed, Store, StoreUnavailable
from gateway.store.queries import courtesy, scheduled
from gateway.store.queries.http_rows import one
from gateway.verbs.message import Write
from gateway.verbs.refusals import not_found
from gateway.verbs.scheduled import SYSTEM
from gateway.verbs.scheduling import Leave

log = structlog.get_logger(__name__)

OUR_MISTAKE = Refusal(
    code="internal",
    detail="Something went wrong on our side, however often it was tried.",
    what_to_do="Send it now, or write it anew.",
)


class Prepares(Protocol):
    """Makes commands of replies."""

    async def prepare(self, reply: Reply) -> Write | Refusal:
        """What would write it."""
        ...


def packed(reply: Reply) -> str:
    """A reply as it waits: where it stands, who says it and in which words its row knows."""
    bare = replace(reply, conversation="", author="", text="", idempotency=None)
    return msgspec.json.encode(bare).decode()


def unpacked(row: Scheduled, author: str) -> Reply:
    """The reply of a row, in somebody's name."""
    reply = msgspec.json.decode(row.reply, type=Reply)
    return replace(reply, conversation=row.conversation, author=author, text=row.text)


class Departures:
    """Lets go of what was written for later."""

    def __init__(
        self,
        store: Store,
        outbound: Prepares,
        accounts: Mapping[str, Account],
        inforce: Callable[[], InForce],
    ) -> None:
        self._store = store
        self._outbound = outbound
        self._accounts = accounts
        self._inforce = inforce

    async def leave(self, claimed: Claimed) -> Leave:
        """What lets one go whose time has come."""
        row = await self._store.read(scheduled.one, claimed.job.key)
        assert row is not None, f"the job {claimed.job.id} is of nothing"
        try:
            leave = await self.leaving(row, author=row.author, by=SYSTEM)
        except StoreUnavailable:
            raise
        except Exception:
            if claimed.attempt.number < STUMBLES:
                raise
            log.exception("a reply for later cannot be written", scheduled=row.id)
            leave = _left(row, OUR_MISTAKE, author=row.author, by=SYSTEM)
        leave.job, leave.attempt = claimed.job.id, claimed.attempt.id
        return leave

    async def leaving(self, row: Scheduled, *, author: str, by: str) -> Leave:
        """What says it now, in somebody's name."""
        write = await self._write(row, unpacked(row, author))
        return _left(row, write, author=author, by=by)

    async def _write(self, row: Scheduled, reply: Reply) -> Write | Refusal:
        """As if it were written now: the rules may have changed, and what was said before."""
        conversation = await self._store.read(one, Conversation, row.conversation)
        if conversation is None:
            return not_found("conversation", row.conversation)
        if reply.approved is None and reply.text.strip():
            moment = await self._store.read(courtesy.moment, conversation)
            account = self._accounts.get(reply.account or conversation.account)
            channel = account.channel if account is not None else ""
            context = context_of(moment, channel, len(reply.attachments))
            # A long text takes tens of milliseconds, which nobody else should wait for.
            strictness = self._inforce().strictness
            found = await asyncio.to_thread(findings, reply.text, context, strictness)
            refused = held_back(found)
            if refused is not None:
                return refused
        return await self._outbound.prepare(reply)


def _left(row: Scheduled, write: Write | Refusal, *, author: str, by: str) -> Leave:
    return Leave(
        desk=row.desk,
        scheduled=row.id,
        version=row.version,
        write=write,
        author=author,
        by=by,
    )
