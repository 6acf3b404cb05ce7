"""Facts about what becomes one and what comes apart: contacts, conversations, their messages."""

from gateway.domain.body import Body


class ConversationContinued(Body, frozen=True, kw_only=True, tag="conversation.continued"):
    """A conversation goes on in another."""

    into: str
    by: str


class ConversationJoined(Body, frozen=True, kw_only=True, tag="conversation.joined"):
    """Another conversation goes on in this one."""

    conversation: str
    by: str


class ConversationSplit(Body, frozen=True, kw_only=True, tag="conversation.split"):
    """From a message on, a conversation became one of its own, `into`. Both are told of it."""

    conversation: str
    into: str
    by: str


class MessageMoved(Body, frozen=True, kw_only=True, tag="message.moved"):
    """A message belongs to this conversation now, at this place, and to the other no more."""

    message: str
    conversation: str  # where it was
    by: str


class ContactMerged(Body, frozen=True, kw_only=True, tag="contact.merged"):
    """Two contacts are one person."""

    contact: str
    into: str
    by: str


class ContactUnmerged(Body, frozen=True, kw_only=True, tag="contact.unmerged"):
    """They are not. `opened`: conversations that went on in the other's, and are open again."""

    contact: str
    into: str
    by: str
    opened: tuple[str, ...] = ()
