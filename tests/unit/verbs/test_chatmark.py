"""A visitor's marks: what they move, and all that they leave alone."""

import pytest
from msgspec.structs import replace

from gateway.domain.access import Visitor
from gateway.domain.message import Message, MessageState
from gateway.verbs.access import MintVisitor
from gateway.verbs.chatmark import MarkChat
from tests.unit.verbs.paper import PaperDesk, accept, said
from tests.unit.verbs.test_commands import write

OWN, OTHER = "webchat:1", "webchat:2"
SENT, DELIVERED, READ = MessageState.SENT, MessageState.DELIVERED, MessageState.READ


def chat() -> tuple[PaperDesk, Message]:
    """A visitor has asked, and an answer is committed."""
    desk = PaperDesk()
    desk.run(accept(said("hello", "1", sender=OWN)))
    desk.run(MintVisitor(desk="desk", hash="h", account="sms", urn=OWN))
    (asked,) = desk.all(Message)
    return desk, desk.run(write(asked.conversation, identity=OWN, sends=False))


def state(desk: PaperDesk, message: Message) -> MessageState:
    """How far it got."""
    found: Message = desk.tables[Message][message.id,]
    return found.state


def test_delivered_then_read() -> None:
    """Each once, told of in the log; what was read is not delivered again."""
    desk, answer = chat()
    told = []
    for marks in ({"delivered": (answer.id,)}, {"read": (answer.id,)}, {"delivered": (answer.id,)}):
        desk.run(MarkChat(visitor="h", seq=5, **marks))
        told.append(state(desk, answer))
    assert told == [DELIVERED, READ, READ]
    assert [body.state for body in desk.bodies("message.settled")] == [DELIVERED, READ]
    assert desk.one(Visitor).read_seq == 5


def test_read_goes_only_forward() -> None:
    """An older mark moves no mark back."""
    desk, answer = chat()
    desk.run(MarkChat(visitor="h", seq=9, read=(answer.id,)))
    assert desk.run(MarkChat(visitor="h", seq=4, read=(answer.id,))) == 9
    assert desk.one(Visitor).read_seq == 9


UNTOUCHED = [
    ("an answer to somebody else", {"identity": OTHER}),
    ("the visitor's own words", {"direction": "in", "state": MessageState.RECEIVED}),
    ("a message of another desk", {"desk": "elsewhere"}),
]


@pytest.mark.parametrize("mark", ["read", "delivered"])
@pytest.mark.parametrize("fields", [row[1] for row in UNTOUCHED], ids=[row[0] for row in UNTOUCHED])
def test_what_no_mark_moves(fields: dict[str, str], mark: str) -> None:
    """Ids that are none of an answer to this visitor change nothing."""
    desk, answer = chat()
    foreign = desk.tables[Message][answer.id,] = replace(answer, **fields)
    before = len(desk.events)
    desk.run(MarkChat(visitor="h", seq=5, **{mark: (answer.id,)}))
    assert desk.tables[Message][answer.id,] == foreign
    assert len(desk.events) == before


def test_what_is_gone() -> None:
    """A visitor or a message that was erased meanwhile is nobody's mistake."""
    desk, answer = chat()
    desk.run(MarkChat(visitor="nobody", seq=5, read=(answer.id,)))
    desk.run(MarkChat(visitor="h", seq=5, read=("no such message",)))
    assert state(desk, answer) is SENT


def test_a_mark_of_nothing_writes_nothing() -> None:
    """Not even how far the visitor has read."""
    desk, _ = chat()
    before = desk.one(Visitor)
    desk.run(MarkChat(visitor="h", seq=5))
    assert desk.one(Visitor) == before
