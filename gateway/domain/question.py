"""First questions of conversations: whether an article answered, and why not."""

from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """What became of a question that might have been answered by itself."""

    ANSWERED = "answered"
    UNSURE = "unsure"  # no article answers it surely enough
    TOPIC = "topic"  # one does, and may not be told by itself
    LANGUAGE = "language"  # one does, in another language than the customer's
    MOOD = "mood"  # its customer is angry, in a hurry, or complains
    PERSON = "person"  # its customer asks for a person
    OWN = "own"  # it is about a number (an order, a parcel), or asks what became of something
    UNSAID = "unsaid"  # the channel did not carry the answer
    WRITTEN = "written"  # no article did, and a model's own words went out
    KEPT = "kept"  # the same, but its words did not pass a check: they wait for an agent


class FirstQuestion(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row. The words stand in the conversation's first message, and go when it is erased."""

    conversation: str
    desk: str
    outcome: Outcome
    article: str  # the nearest; "" where none is near
    certain_percent: int
    at: int
