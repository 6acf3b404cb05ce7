"""Where a conversation goes on in the end: a merge is a pointer from one to another."""

from collections.abc import Generator

from gateway.domain.conversation import Conversation
from gateway.verbs.change import Change, Lookup, View, by_key


def reads(view: View, conversation: str) -> Generator[Lookup, None, Conversation | None]:
    """A conversation and those it goes on in; the last of them, once that is known."""
    found: Conversation | None = None
    following: str | None = conversation
    while following is not None:
        yield by_key(Conversation, following)
        found = view.peek(Conversation, following)
        following = found.continued_in if found is not None else None
    return found


def of(change: Change, conversation: str) -> Conversation | None:
    """Where a conversation goes on in the end; itself when it was never merged."""
    found = change.get(Conversation, conversation)
    while found is not None and found.continued_in is not None:
        found = change.get(Conversation, found.continued_in)
    return found
