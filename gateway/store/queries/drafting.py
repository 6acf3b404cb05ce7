"""What was said last in a conversation, for whoever drafts an answer."""

from sqlalchemy import Connection

from gateway.domain.conversation import Contact, Conversation
from gateway.domain.message import Message
from gateway.store.queries.http_rows import one, rows
from gateway.store.schema import metadata

_message = metadata.tables["message"]


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
