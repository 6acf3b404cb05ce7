"""What is kept of conversations changes with every commit, and never longer than it is true."""

from msgspec.structs import replace

from gateway.domain.conversation import Contact, Conversation, Status
from gateway.domain.promise import Promise
from gateway.store.queries.http_rows import Bundle
from gateway.store.queries.http_scope import NOT_SEEN
from gateway.store.queries.http_timeline import Page, Slice, Words
from gateway.stream import Pages
from tests.store.toys import contact, conversation

CONTACT = contact("p1", name="Zhang")
CONVERSATION = conversation("c1", "p1", seq=1)

PROMISE = Promise(
    id="p1",
    desk="desk",
    conversation="c1",
    identity="tel:+491",
    owner="emma",
    queue="main",
    text="soon",
    due=9,
    made_at=1,
    by="agent:emma",
    message=None,
)


def words(*conversations: str, promise: Promise | None = None) -> Words:
    """These, as they are read."""
    pages = {
        name: Page(
            bundle=Bundle(
                conversation=replace(CONVERSATION, id=name),
                contact=CONTACT,
                preview=None,
                work=None,
                turn=None,
                judgement=None,
                promise=promise,
            ),
            seen=NOT_SEEN,
        )
        for name in conversations
    }
    return Words(slice=Slice(), offers={}, pages=pages)


def knowing(*conversations: str, limit: int = 10) -> Pages:
    """Pages that have been read once."""
    pages = Pages(limit)
    pages.learn(words(*conversations), pages.commits)
    return pages


def known(pages: Pages, *conversations: str) -> dict[str, Page]:
    """What is kept of these."""
    return pages.held(conversations, ()).pages


def test_a_new_name() -> None:
    """A contact's name changes on all conversations of that contact."""
    pages = knowing("c1", "c2")
    renamed = replace(CONTACT, name="Zhang Wei")
    pages.committed({Contact: ([renamed], [])})
    assert [page.bundle.contact for page in known(pages, "c1", "c2").values()] == [renamed] * 2


def test_a_promise_that_moves() -> None:
    """Where it was, it is no more; where it is now, it was not."""
    pages = knowing("c2", "c3")
    pages.learn(words("c1", promise=PROMISE), pages.commits)
    pages.committed({Promise: ([replace(PROMISE, conversation="c2")], [])})
    assert list(known(pages, "c1", "c2", "c3")) == ["c3"]


def test_what_is_over() -> None:
    """Its newest words may stand in another conversation now, which it was split into."""
    pages = knowing("c1", "c2")
    pages.committed({Conversation: ([replace(CONVERSATION, status=Status.RESOLVED)], [])})
    assert list(known(pages, "c1", "c2")) == ["c2"]


def test_another_contact() -> None:
    """A conversation that is another's now is read anew, with its new contact."""
    pages = knowing("c1", "c2")
    pages.committed({Conversation: ([replace(CONVERSATION, contact="p2")], [])})
    assert list(known(pages, "c1", "c2")) == ["c2"]


def test_what_is_deleted() -> None:
    """After a row has gone nothing is shown from memory."""
    pages = knowing("c1", "c2")
    pages.committed({Conversation: ([], [("c1",)])})
    assert known(pages, "c1", "c2") == {}


def test_read_before_a_commit() -> None:
    """What was read before a commit that came since may be old already."""
    pages = Pages()
    asked_at = pages.commits
    pages.committed({Conversation: ([replace(CONVERSATION, seq=2)], [])})
    pages.learn(words("c1"), asked_at)
    assert known(pages, "c1") == {}


def test_bounds() -> None:
    """Those that were read longest ago go first; without room nothing is kept."""
    pages = knowing("c1", "c2", limit=2)
    pages.learn(words("c1", "c3"), pages.commits)
    assert list(known(pages, "c1", "c2", "c3")) == ["c1", "c3"]
    assert known(knowing("c1", limit=0), "c1") == {}
