"""What agents said that conversations are about, with the words that they had before them."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from gateway.domain.events import ConversationCorrected, Event, decode_body
from gateway.domain.message import Direction
from gateway.store.queries.http_rows import rows
from gateway.store.schema import metadata

NEWEST = 5  # messages of a customer that stood there when the agent spoke

_event = metadata.tables["event"]
_message = metadata.tables["message"]


def corrections(connection: Connection, desk: str) -> Iterator[tuple[str, str]]:
    """Category and words, of each conversation the last; none of whose words were erased."""
    last: dict[str, tuple[str, int]] = {}
    of_kind = (_event.c.desk == desk, _event.c.kind == "conversation.corrected")
    for event in rows(connection, Event, *of_kind, order=(_event.c.position,)):
        body = decode_body(event)
        assert isinstance(body, ConversationCorrected)
        if body.category and event.conversation is not None and event.seq is not None:
            last[event.conversation] = (body.category, event.seq)
    for conversation, (category, seq) in last.items():
        text = " ".join(_words(connection, conversation, seq))
        if text:
            yield category, text


def _words(connection: Connection, conversation: str, before: int) -> list[str]:
    found = connection.execute(
        select(_message.c.text)
        .where(
            _message.c.conversation == conversation,
            _message.c.direction == Direction.IN.value,
            _message.c.seq < before,
        )
        .order_by(_message.c.seq.desc())
        .limit(NEWEST)
    )
    return [row[0].strip() for row in reversed(found.all()) if row[0].strip()]
