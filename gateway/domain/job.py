"""Jobs: everything that must be done later or outside, and the record of each try."""

from enum import StrEnum

import msgspec

from gateway.domain.silence import Stage


class JobKind(StrEnum):
    """What a job does."""

    SEND = "send"
    CALL = "call"
    FETCH_MEDIA = "fetch_media"
    WEBHOOK = "webhook"
    AUTO_REPLY = "auto_reply"
    CALLBACK = "callback"
    READ = "read"  # reads a kept delivery again
    SESSION = "session"  # tells a provider who has a conversation
    HELD = "held"  # watches over a held reply: warns, then lets it expire
    SCHEDULED = "scheduled"  # lets a reply go that was written for later


# What reaches customers and providers: it waits while the desk's sending is paused.
OUTWARD = frozenset(
    {
        *(JobKind.SEND, JobKind.CALL, JobKind.AUTO_REPLY, JobKind.CALLBACK, JobKind.SESSION),
        JobKind.SCHEDULED,
    }
)


class JobState(StrEnum):
    """Where a job stands. Settled jobs are deleted."""

    READY = "ready"
    SENDING = "sending"  # claimed; an attempt row was committed before the first byte
    DEAD = "dead"


class Job(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. Lane = the recipient's address: within it jobs run one at a time, by `seq`.

    What has a default is so of a job that was just made.
    """

    id: str
    desk: str
    kind: JobKind
    lane: str
    seq: int  # order within the lane
    due_at: int
    state: JobState = JobState.READY
    attempts: int = 0
    claimed_until: int | None = None
    claimed_by: str | None = None  # node that holds it
    created_at: int
    key: str  # what it is about: the message's id for SEND, the delivery's for READ
    account: str = ""
    detail: str = ""  # why it is not done yet, in words
    body: str = ""  # of SEND: "" or what is in doubt, JSON of Doubtful; of others: their arguments


class Doubtful(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A send that nobody knows the end of: when it was tried, and what its next turn does."""

    since: int  # ms, start of the try that is in doubt
    ask: bool  # True: ask the provider, then send again if absent; False: give up as unknown


LATE = "promise_late"  # the template that tells of a promise


class FirstAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="first"):
    """A conversation that began is answered by itself, unless a person was quicker."""

    conversation: str
    template: str


class InVain(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="in_vain"):
    """Work has waited in vain: what the rules want said of it, and whether that is the end."""

    conversation: str
    work: str
    template: str = ""  # "": nothing is said
    resolves: bool = False


class PromiseLate(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="late"):
    """A promise will be late: its customer is told until when it is meant now."""

    promise: str
    conversation: str  # where it stood when that was noticed
    until: int  # ms UTC


class StageDue(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="stage"):
    """A stage of somebody's silence is to be said, unless somebody has spoken since."""

    conversation: str
    stage: Stage
    turn: str  # the message with which it began
    queue: str  # in which the conversation is
    number: int  # how often the stage was said in this turn before
    spoken_seq: int  # nobody has spoken after that
    until: int  # when the answer is due, or it is closed, ms UTC; 0: nothing of that is said
    account: str = ""  # where the customer wrote, whatever they called since; "": where last heard


class ScoreGiven(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="score"):
    """A customer wrote how it went: they are thanked, unless they have written more since."""

    survey: str
    conversation: str


Plea = FirstAnswer | InVain | PromiseLate | StageDue | ScoreGiven
"""The body of an AUTO_REPLY job: what the desk is to say by itself."""


class Holder(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The body of a SESSION job: who has a conversation from now on; nobody while it waits."""

    recipient: str  # URN of the customer
    sender: str = ""  # our own address that the customer wrote to
    agent: str = ""  # login
    queue: str = ""  # in which it waits
    over: bool = False  # it is resolved


class Patience(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The body of a HELD job: until when a reply waits for its customer."""

    until: int  # ms
    warned: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: one try, written before its first byte. `outcome` is "" while it runs."""

    id: str
    desk: str
    job: str
    key: str
    number: int
    account: str
    node: str
    started_at: int
    ended_at: int | None
    outcome: str
    detail: str
    provider_id: str | None
