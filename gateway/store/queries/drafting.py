"""What was said last in a conversation, for whoever drafts an answer."""

from sqlalchemy import Connection, select

from gateway.domain.conversation import Contact, Conversation
from gateway.domain.message import Message
from gateway.store.queries.http_rows import one, rows
from gateway.store.schema import metadata

_message = metadata.tables["message"]


def is_said(connection: Connection, conversation: str, key: str) -> bool:
    """Whether something was written in a conversation under this key."""
    c = _message.c
    query = select(c.id).where(c.conversation == conversation, c.key == key).limit(1)
    return connection.execute(query).first() is not None


def course(
    connection: Connection, conversation: Conversation, limit: int
) -> tuple[list[Message], Contact | None]:
    """The last messages, oldest first, and whose conversation it is."""
    said = rows(
        connection,
        Message,
        _message.c.conversation == conversation.id,
        order=[_message.c.seq.desc()],
        limit=limit,
    )
    return said[::-1], one(connection, Contact, conversation.contact)
