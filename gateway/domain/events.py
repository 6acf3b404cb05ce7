"""The stream: facts that anyone writes, decisions that only the desk's owner writes.

Events carry ids, never customers' words: words live in rows that can be erased, and are joined
when a follower with the right to them reads.
"""

from typing import Any

import msgspec

from gateway.domain.body import Body as Body  # noqa: PLC0414 who names events names it
from gateway.domain.callevents import CallbackAsked, CallbackChanged, CallbackMerged, CallChanged
from gateway.domain.macro import MacroRan
from gateway.domain.mergeevents import (
    ContactMerged,
    ContactUnmerged,
    ConversationContinued,
    ConversationJoined,
    ConversationSplit,
    MessageMoved,
)
from gateway.domain.promise import PromiseChanged, PromiseEnded, PromiseMade, PromiseMoved
from gateway.domain.scheduled import ReplyRescheduled, ReplyScheduled, ReplyUnscheduled
from gateway.domain.survey import SurveyAnswered

# --- facts ---


class MessageReceived(Body, frozen=True, kw_only=True, tag="message.received"):
    """A customer's message is committed."""

    message: str
    identity: str
    account: str
    channel: str
    message_kind: str = "text"
    automatic: bool = False
    files: int = 0  # that come with it


class MessageWritten(Body, frozen=True, kw_only=True, tag="message.written"):
    """A reply is committed; sending it is a job (web chat: it is sent)."""

    message: str
    by: str
    account: str
    channel: str
    state: str
    automatic: bool = False
    files: int = 0


class MessageChanged(Body, frozen=True, kw_only=True, tag="message.changed"):
    """A message was edited, deleted or reacted to, or a file of it came or was refused."""

    message: str
    by: str
    account: str
    state: str = ""


class MessageReleased(Body, frozen=True, kw_only=True, tag="message.released"):
    """A held reply was let go because a window opened, or one goes again that was refused."""

    message: str
    by: str
    account: str
    state: str


class MessageSettled(Body, frozen=True, kw_only=True, tag="message.settled"):
    """A try or a report told how far a message got."""

    message: str
    state: str
    provider_id: str | None = None
    reason: str = ""


class ConversationOpened(Body, frozen=True, kw_only=True, tag="conversation.opened"):
    """A conversation began."""

    contact: str
    status: str
    by: str
    account: str
    channel: str


class ConversationStatus(Body, frozen=True, kw_only=True, tag="conversation.status"):
    """A conversation changed its status."""

    status: str
    by: str


class IdentityChanged(Body, frozen=True, kw_only=True, tag="identity.changed"):
    """An address opted in or out."""

    identity: str
    opted_out: bool
    by: str


class ConversationCorrected(Body, frozen=True, kw_only=True, tag="conversation.corrected"):
    """An agent says what a conversation is about, or in what mood; None: as it was judged."""

    by: str
    category: str | None = None
    anger: int | None = None
    urgency: int | None = None


class NoteWritten(Body, frozen=True, kw_only=True, tag="note.written"):
    """A colleague wrote a note."""

    note: str
    by: str


class AgentAsked(Body, frozen=True, kw_only=True, tag="agent.asked"):
    """An agent, or a supervisor for one, asked routing for something.

    verb: presence | accept | decline | done | wrapup_end | wrapup_extend | transfer | hold | take |
    grab | assign | consult | consult_end | lost; take is of what nobody has, grab of a colleague's
    too
    """

    agent: str
    verb: str
    work: str = ""
    offer: str = ""
    target: str = ""  # queue:<id> or agent:<login>
    presence: str = ""
    reason: str = ""


class RulebookApplied(Body, frozen=True, kw_only=True, tag="rulebook.applied"):
    """Another version of the rulebook is in force."""

    version: int
    by: str


class WordsChanged(Body, frozen=True, kw_only=True, tag="words.changed"):
    """What a template says in a locale was saved anew, or is what the files say again."""

    template: str
    locale: str
    version: int
    by: str


class NodeLost(Body, frozen=True, kw_only=True, tag="node.lost"):
    """A node's lease ran out; its sessions are gone."""

    node: str


class SendingChanged(Body, frozen=True, kw_only=True, tag="sending.changed"):
    """Somebody paused all that goes out to customers, or let it go on."""

    paused: bool
    by: str
    since: int | None = None  # when it was paused, once that is over


class AccessChanged(Body, frozen=True, kw_only=True, tag="access.changed"):
    """Sessions of a person, or a program's token, may have ended: who listens looks again."""

    login: str
    token: str = ""


class ClockStepped(Body, frozen=True, kw_only=True, tag="clock.stepped"):
    """The database's clock moved by more than 5 s."""

    from_ms: int
    to_ms: int


Fact = (
    MessageReceived
    | MessageWritten
    | MessageChanged
    | MessageReleased
    | MessageSettled
    | ConversationOpened
    | ConversationStatus
    | ConversationContinued
    | ConversationJoined
    | ConversationSplit
    | MessageMoved
    | ConversationCorrected
    | ContactMerged
    | ContactUnmerged
    | IdentityChanged
    | NoteWritten
    | CallChanged
    | CallbackAsked
    | CallbackChanged
    | CallbackMerged
    | PromiseMade
    | PromiseMoved
    | MacroRan
    | PromiseEnded
    | ReplyScheduled
    | ReplyRescheduled
    | ReplyUnscheduled
    | SurveyAnswered
    | AgentAsked
    | RulebookApplied
    | WordsChanged
    | NodeLost
    | SendingChanged
    | AccessChanged
    | ClockStepped
)

# --- decisions ---


class ConversationJudged(Body, frozen=True, kw_only=True, tag="conversation.judged"):
    """What a conversation is taken for from now on.

    wants: person | lead; by: rule:<name> | model:<version> | agent:<login>; rule: that routes it
    """

    category: str
    language: str = ""
    anger: int = 0
    urgency: int = 0
    wants: str = ""
    by: str = ""
    rule: str = ""
    rulebook: int = 0


class ConversationEscalated(Body, frozen=True, kw_only=True, tag="conversation.escalated"):
    """A rule asked for more attention; each does so once until the conversation is resolved."""

    rule: str
    reason: str  # the names of its conditions, with a space between
    priority: int = 0  # added
    queue: str = ""  # that it was moved to
    notify: bool = False  # supervisors are told
    rulebook: int = 0


class WorkChanged(Body, frozen=True, kw_only=True, tag="work.changed"):
    """Work began, moved or ended.

    what: waiting | rekeyed | stepped | overflowed | deferred | cancelled | done | all_declined |
    returnable. Of what overflowed, `action` says what was done: add_pool | move_queue | voicemail |
    callback_offer | message | close | stay, and `target` to where or with which template. Of what
    is returnable, `target` is who passed it on and may be asked again, and `action` says why:
    nobody_else | time.
    """

    work: str
    what: str
    queue: str
    channel: str = ""
    language: str = ""
    category: str = ""
    anger: int = 0
    urgency: int = 0
    step: int = 0
    action: str = ""
    target: str = ""
    rulebook: int = 0


class OfferChanged(Body, frozen=True, kw_only=True, tag="offer.changed"):
    """what: created | accepted | declined | expired | rescinded"""

    offer: str
    work: str
    agent: str
    what: str
    expires_at: int | None = None
    rulebook: int = 0


class AssignmentChanged(Body, frozen=True, kw_only=True, tag="assignment.changed"):
    """what: started | ended | parked | resumed | consulted | consult_ended.

    `consulted`: the colleague `agent` is asked in, while the work stays with who has it.
    """

    work: str
    agent: str
    what: str
    rulebook: int = 0


class WrapupChanged(Body, frozen=True, kw_only=True, tag="wrapup.changed"):
    """what: started | ended"""

    work: str
    agent: str
    what: str
    until: int | None = None
    rulebook: int = 0


class AgentChanged(Body, frozen=True, kw_only=True, tag="agent.changed"):
    """An agent's presence or load as routing sees it."""

    agent: str
    presence: str
    load: int
    reason: str = ""
    rulebook: int = 0


class AgentOverCapacity(Body, frozen=True, kw_only=True, tag="agent.over_capacity"):
    """An agent has more than there is room for: `work` was forced on them, or rules took room."""

    agent: str
    load: int
    capacity: int
    work: str = ""
    rulebook: int = 0


class TurnChanged(Body, frozen=True, kw_only=True, tag="turn.changed"):
    """what: warned | breached | met | missed | due_changed | paused | resumed | reopened.

    `due` is the original instant. A resolution is named by its conversation.
    """

    turn: str
    what: str
    metric: str
    due: int | None
    noticed_at: int
    rulebook: int = 0


class RequestRefused(Body, frozen=True, kw_only=True, tag="request.refused"):
    """What was asked of routing could not be done. `cause` of the event is the asking fact."""

    agent: str
    code: str
    why: str
    work: str = ""
    offer: str = ""


Decision = (
    ConversationJudged
    | ConversationEscalated
    | WorkChanged
    | OfferChanged
    | AssignmentChanged
    | WrapupChanged
    | AgentChanged
    | AgentOverCapacity
    | TurnChanged
    | PromiseChanged
    | RequestRefused
)
AnyBody = Fact | Decision

KINDS: dict[str, type[Body]] = {t.__struct_config__.tag: t for t in Body.__subclasses__()}  # type: ignore[misc]


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of the one log. Positions are dense and in the order of commits."""

    desk: str
    position: int
    conversation: str | None
    seq: int | None  # within the conversation, dense
    kind: str
    at: int
    actor: str  # contact:<id> | agent:<login> | token:<id> | system
    cause: int | None  # position of the event this one answers
    body: str  # JSON of the kind's struct


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(AnyBody)
_encoder = msgspec.json.Encoder()


def decode_body(event: Event) -> AnyBody:
    """The typed body of an event."""
    body: AnyBody = _decoder.decode(event.body)
    return body


def encode_body(body: Body) -> str:
    """The body as it stands in the log."""
    return _encoder.encode(body).decode()
