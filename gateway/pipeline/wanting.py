"""Of which conversations the desk's owner must know more than the facts say. Pure."""

from collections.abc import Callable, Iterable

from gateway.domain.events import Event

ABOUT = frozenset(
    {
        *("message.received", "conversation.opened", "conversation.status"),
        *("conversation.joined", "conversation.continued", "conversation.split"),
        *("contact.merged", "contact.unmerged"),
        *("conversation.corrected", "agent.asked", "call.changed", "callback.changed"),
    }
)


def wanted(events: Iterable[Event], goes_on: Callable[[str], bool]) -> set[str]:
    """The conversations to look up before these events are applied.

    goes_on: whether one more message changes nothing in a conversation. That is most of what comes
    in, and a look at the tables for each would be the dearest part of it.
    """
    about: set[str] = set()
    changed: set[str] = set()
    for event in events:
        if event.conversation is not None:
            if event.kind in ABOUT:
                about.add(event.conversation)
            if event.kind != "message.received":
                changed.add(event.conversation)
    return {name for name in about if name in changed or not goes_on(name)}
