"""From a reply to the command that writes it: where it goes, and whether its channel carries it."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from gateway.contract import MailThread, OutboundAttachment, OutboundMessage
from gateway.domain.conversation import Verb
from gateway.domain.message import Answered, ApprovedTemplate, Choice
from gateway.domain.outcome import Refusal
from gateway.pipeline import approved
from gateway.pipeline.accounts import Account, find, out_of_reach
from gateway.pipeline.fit import fit
from gateway.store import Store
from gateway.store.queries import sending
from gateway.verbs.message import Cap, File, Write
from gateway.verbs.promise import Promised
from gateway.verbs.survey import Asked
from gateway.verbs.usage import Named
from gateway.verbs.ways import Limits, limits_of, machine_limits_of

THEN = {"": Verb.REPLY, "wait": Verb.SEND_AND_WAIT, "resolve": Verb.RESOLVE, "over": Verb.FAREWELL}

NOT_ANSWERED_THERE = Refusal(
    code="cannot_quote",
    detail="This channel cannot say which message the reply answers.",
    what_to_do="Answer on the channel of that message, or without naming it.",
    status=422,
)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants said to the customer of a conversation."""

    conversation: str
    text: str
    author: str  # agent:<login> | auto:<template>
    account: str | None = None  # None: where the customer wrote last
    identity: str | None = None
    attachments: tuple[File, ...] = ()
    choices: tuple[Choice, ...] = ()
    approved: ApprovedTemplate | None = None  # goes instead of the words, whatever the window
    template: str = ""
    used: tuple[Named, ...] = ()  # what its author made it of
    subject: str = ""
    in_reply_to: str | None = None  # our id of the message it answers; None: of all so far
    then: str = ""  # "" | wait | resolve | over: it is resolved, and this is said by itself
    key: str | None = None  # written once under this key
    promised: Promised | None = None  # what it promises
    asks: Asked | None = None  # how it went
    idempotency: tuple[str, str, str] | None = None  # actor, key, fingerprint
    automatic: bool = False
    caps: tuple[Cap, ...] = ()
    answered: Answered | None = None  # from which article, by itself
    unmoved: int | None = None  # only if nothing has happened since this event


Screen = Callable[[tuple[File, ...]], Awaitable[Refusal | None]]


async def anything(_files: tuple[File, ...]) -> Refusal | None:
    return None


class Writing:
    """Makes commands of replies."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        hold_ms: Callable[[], int],
        screened: Screen,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._hold_ms = hold_ms
        self._screened = screened

    async def command(self, reply: Reply) -> Write | Refusal:
        """What writes a reply that fits its channel."""
        desk, answered = self._store.desk, reply.in_reply_to
        place = await self._store.read(sending.place, desk, reply.conversation, answered)
        if place is None:
            return _nowhere(reply)
        account = find(self._accounts, reply.account or place.account)
        if isinstance(account, Refusal):
            return account
        if answered is not None and not _can_name(place, account, reply):
            return NOT_ANSWERED_THERE
        identity = await self._address(reply, place, account)
        if isinstance(identity, Refusal):
            return identity
        same_address = identity == place.identity
        if reply.approved is not None:
            worded = approved.worded(account.adapter, reply.approved, reply.attachments)
            if isinstance(worded, Refusal):
                return worded
            reply = msgspec.structs.replace(reply, approved=worded, text=worded.text)
        fitted = fit(self._draft(reply, account, identity), account.capabilities)
        if isinstance(fitted, Refusal):
            return fitted
        refused = await self._screened(reply.attachments)
        if refused is not None:
            return refused
        return Write(
            desk=self._store.desk,
            conversation=reply.conversation,
            author=reply.author,
            text=fitted.text,
            account=account.id,
            channel=account.channel,
            identity=identity,
            local=place.local if account.id == place.account else "",
            sends=account.capabilities.sends,
            limits=_limits(account, reply),
            hold_ms=self._hold_ms(),
            nudge=account.nudge,
            files=reply.attachments,
            choices=fitted.choices,
            approved=reply.approved,
            subject=reply.subject or (place.subject if account.capabilities.subjects else ""),
            template=reply.template,
            used=reply.used,
            in_reply_to=place.in_reply_to if same_address else None,
            references=place.mail.references if same_address and place.mail else (),
            then=THEN[reply.then],
            key=reply.key,
            automatic=reply.automatic,
            caps=reply.caps,
            promised=reply.promised,
            asks=reply.asks,
            unmoved=reply.unmoved,
            answered=reply.answered,
        )

    async def _address(self, reply: Reply, place: sending.Place, account: Account) -> str | Refusal:
        """The address asked for, or where the customer wrote last; else one the account reaches."""
        wanted = reply.identity or place.identity
        if account.reaches(wanted):
            return wanted
        if reply.identity is not None:
            return out_of_reach(account)
        known = await self._store.read(sending.addresses, self._store.desk, reply.conversation)
        return next(filter(account.reaches, known), out_of_reach(account))

    def _draft(self, reply: Reply, account: Account, identity: str) -> OutboundMessage:
        files = tuple(filed(self._store, file) for file in reply.attachments)
        return OutboundMessage(
            id="",
            conversation=reply.conversation,
            account=account.id,
            recipient=identity,
            text=reply.text,
            choices=reply.choices,
            attachments=files,
            thread=MailThread(subject=reply.subject),
        )


def filed(store: Store, file: File) -> OutboundAttachment:
    """A file of ours, for an adapter."""
    return OutboundAttachment(
        media_type=file.media_type,
        filename=file.filename,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        path=store.files.path(file.sha256),
    )


def _nowhere(reply: Reply) -> Refusal:
    """There is no such conversation, or no such message in it."""
    answered = reply.in_reply_to
    within = f"message {answered} in" if answered is not None else "conversation"
    detail = f"There is no {within} {reply.conversation}."
    return Refusal(code="not_found", detail=detail, status=404)


def _limits(account: Account, reply: Reply) -> Limits:
    """How long, and how often, the channel lets whoever wrote this write."""
    if reply.approved is not None:
        return Limits()
    of = machine_limits_of if reply.automatic else limits_of
    return of(account.capabilities)


def _can_name(place: sending.Place, account: Account, reply: Reply) -> bool:
    """Whether a reply may say which message it answers: only there where that one stands."""
    there = account.id == place.account and reply.identity in (None, place.identity)
    return there and account.capabilities.threading and place.in_reply_to is not None
