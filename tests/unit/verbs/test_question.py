"""A model's words that are kept for people, and what ends them."""

from typing import Any

import pytest

from gateway.contract import PresenceEvent
from gateway.domain.conversation import Conversation, Verb
from gateway.domain.outcome import Refusal
from gateway.domain.question import Outcome
from gateway.domain.scheduled import Scheduled
from gateway.verbs.change import Command
from gateway.verbs.conversation import SetStatus
from gateway.verbs.question import Kept, NoteQuestion
from tests.unit.verbs.paper import PaperDesk, accept, said

WHO = "tel:+491"
WORDS = Kept(
    author="auto:model_answer",
    text="The money arrives within three days.",
    reply="{}",
    refused=Refusal(code="impolite", detail="It promises what nobody knows."),
)


def noted(conversation: str) -> Command:
    """The question is noted, and the model's words are kept."""
    outcome = Outcome.UNSURE
    return NoteQuestion(desk="desk", conversation=conversation, outcome=outcome, kept=WORDS)


def resolved(conversation: str) -> Command:
    """An agent has resolved it."""
    return SetStatus(desk="desk", conversation=conversation, verb=Verb.RESOLVE, by="agent:emma")


def sign(*, elsewhere: bool) -> Command:
    """A person at the provider took it, or ended it there."""
    return accept(PresenceEvent(key=f"p:{elsewhere}", what="seen", sender=WHO, elsewhere=elsewhere))


ENDINGS = [
    ("it is resolved", resolved, "cancelled"),
    ("its provider ends it", lambda _: sign(elsewhere=False), "cancelled"),
    ("its provider takes it", lambda _: sign(elsewhere=True), "refused"),
    ("the customer writes again", lambda _: accept(said("Well?", "2", sender=WHO)), "refused"),
]


@pytest.mark.parametrize(("what", "end", "state"), ENDINGS)
def test_what_ends_words_that_are_kept(what: str, end: Any, state: str) -> None:
    """The conversation's end does; until then somebody decides about them."""
    desk = PaperDesk()
    desk.run(accept(said("When do I get my money?", "1", sender=WHO)))
    (conversation,) = desk.all(Conversation)
    desk.run(noted(conversation.id))
    desk.run(end(conversation.id))
    assert [row.state for row in desk.all(Scheduled)] == [state], what


def test_nothing_is_kept_of_what_is_over() -> None:
    """An agent was quicker than the model."""
    desk = PaperDesk()
    desk.run(accept(said("When do I get my money?", "1", sender=WHO)))
    (conversation,) = desk.all(Conversation)
    desk.run(resolved(conversation.id))
    assert desk.run(noted(conversation.id)).outcome == Outcome.UNSURE
    assert desk.all(Scheduled) == []
