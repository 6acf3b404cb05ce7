"""Who spoke last in a conversation."""

from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, or_, select

from gateway.domain.message import Direction, Message
from gateway.domain.silence import Silence
from gateway.store.queries import deciding, promises
from gateway.store.queries.rows import one_of, table_of


class Heard(NamedTuple):
    """A conversation as it stands, and what was said in it last."""

    known: deciding.Known
    spoken_seq: int  # of the newest words that a person spoke, on either side
    answered_seq: int  # and on ours
    with_machine: bool


def live(connection: Connection, conversation: str) -> Silence | None:
    """Whose word is awaited in it, while something may yet be said by itself."""
    return one_of(connection, Silence, live_of=conversation)


def heard(connection: Connection, conversation: str) -> Heard | None:
    """What must be known to say something in it. Who speaks meanwhile moves the conversation on."""
    known = deciding.known(connection, (conversation,)).get(conversation)
    if known is None:
        return None
    messages = table_of(Message)
    came = messages.c.direction == Direction.IN.value
    said = and_(messages.c.direction == Direction.OUT.value, messages.c.automatic.is_(False))
    query = select(
        func.max(case((or_(came, said), messages.c.seq))), func.max(case((said, messages.c.seq)))
    ).where(messages.c.conversation == conversation)
    spoken, answered = connection.execute(query).one()
    return Heard(
        known, spoken or 0, answered or 0, promises.is_with_machine(connection, conversation)
    )
