"""What is known of a conversation at the moment in which an agent writes in it."""

import msgspec
from sqlalchemy import Connection, select

from gateway.domain.conversation import Conversation
from gateway.domain.message import Direction
from gateway.store.queries.http_rows import Bundle, bundles
from gateway.store.schema import metadata

_message = metadata.tables["message"]
_PEOPLE = "agent:"


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with what a list shows of it, and whether a person has written in it."""

    bundle: Bundle
    answered: bool


def moment(connection: Connection, conversation: Conversation) -> Moment:
    """The moment as it is."""
    written = connection.execute(
        select(_message.c.id)
        .where(
            _message.c.conversation == conversation.id,
            _message.c.direction == Direction.OUT.value,
            _message.c.author.startswith(_PEOPLE),
        )
        .limit(1)
    ).first()
    return Moment(bundle=bundles(connection, [conversation])[0], answered=written is not None)
