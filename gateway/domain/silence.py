"""Who owes whom the next word in a conversation, and what has been said of it by itself."""

from enum import StrEnum

import msgspec

from gateway.domain.message import ON_ITS_WAY, TOLD, UNTOLD


class Stage(StrEnum):
    """What a desk says by itself after the first answer, by the name of its template."""

    STILL_WAITING = "still_waiting"  # nobody has the conversation
    AGENT_SILENT = "agent_silent"  # somebody has it and has not answered
    OUT_OF_HOURS = "out_of_hours"
    HANDOFF = "handoff"  # the customer asks for a person, or a machine has no more to say
    TRANSFERRED = "transferred"
    CUSTOMER_SILENT = "customer_silent"
    CLOSED_SILENT = "closed_silent"  # and the conversation is resolved
    RESOLVED = "resolved"
    SURVEY = "survey"


class Whose(StrEnum):
    """Whose word is awaited."""

    DESK = "desk"
    PROVIDER = "provider"  # our answer is on its way, and the customer does not have it yet
    CUSTOMER = "customer"
    NOBODY = "nobody"  # it is resolved


# Whose word is awaited once a reply has got so far.
WHOSE = {
    **dict.fromkeys(UNTOLD, Whose.DESK),
    **dict.fromkeys(ON_ITS_WAY, Whose.PROVIDER),
    **dict.fromkeys(TOLD, Whose.CUSTOMER),
}


class Silence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: since when who is silent. A new turn begins with a customer's words.

    What has a default is so when a turn has just begun.
    """

    conversation: str
    desk: str
    live_of: str | None  # the conversation, while something may yet be said by itself
    whose: Whose
    account: str  # where the customer wrote
    channel: str
    queue: str
    since: int  # ms UTC: the words that want an answer, or when we knew how far ours had got
    message: str  # with which the customer began the turn
    spoken_at: int  # when a person said something last
    spoken_seq: int  # and where in the conversation
    answers: str = "{}"  # JSON: our newest replies to it, and Whose word is awaited by each
    agent: str = ""  # who has the conversation; "" nobody
    agent_at: int = 0  # since when they, or nobody, have it
    rests: bool = False  # on hold or snoozed: it is not the customer whom we wait for
    then: str = ""  # a Stage that is to be said once, as soon as it may
    then_at: int = 0
    said: str = "{}"  # JSON: how often each Stage was said in this turn, and an article's answer
    said_at: int = 0  # when the last of them was


_said = msgspec.json.Decoder(dict[str, int])
_answers = msgspec.json.Decoder(dict[str, Whose])


def said_of(row: Silence) -> dict[str, int]:
    """How often each stage was said in the turn."""
    return _said.decode(row.said)


def answers_of(row: Silence) -> dict[str, Whose]:
    """Our replies in the turn, and whose word each has us wait for."""
    return _answers.decode(row.answers)


def awaited_by(row: Silence) -> Whose:
    """Whose word is awaited by all replies of the turn: what is on its way may change it."""
    known = answers_of(row).values()
    return next((w for w in (Whose.PROVIDER, Whose.CUSTOMER) if w in known), Whose.DESK)
