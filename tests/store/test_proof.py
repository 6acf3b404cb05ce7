"""The audit on both engines: a sound store keeps every promise, and a hurt one is found out."""

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from gateway.domain.events import MessageReceived, MessageWritten, NoteWritten
from gateway.domain.promise import Promise, PromiseMade
from gateway.domain.scheduled import ReplyScheduled, Scheduled
from gateway.store import Files, engines
from gateway.store.queries.proof import PROMISES, proofs
from tests.store import toys
from tests.store.toys import (
    DESK,
    Direction,
    Do,
    FileState,
    JobKind,
    MessageState,
    Put,
    job,
    message,
)

TOLD = {"identity": "tel:+1", "account": "sms", "channel": "sms"}


def happen(change, file: str) -> None:
    """Messages, a note, a delivery with an item that nobody could read, files."""
    conversation = toys.conversation("v", "c")
    for row in (toys.contact("c"), toys.identity("tel:+1", "c"), conversation):
        change.put(row)
    change.put(replace(toys.contact("was"), merged_into="c"))
    before = toys.conversation("before", "was", is_open=False)
    change.put(replace(before, continued_in="v"))
    for body in (
        MessageReceived(message="m1", **TOLD),
        MessageReceived(message="m2", **TOLD),
        MessageWritten(message="m3", by="agent:a", account="sms", channel="sms", state="queued"),
        NoteWritten(note="n1", by="agent:a"),
        PromiseMade(promise="p1", due=9, owner="a", queue="", by="agent:a"),
        ReplyScheduled(scheduled="s1", due=9, by="agent:a"),
    ):
        change.record(body, "system", conversation)
    change.put(message("m1", "v", seq=1, key="k1"))
    change.put(message("m2", "v", seq=2, key="k2"))
    change.put(message("m3", "v", seq=3, direction=Direction.OUT, state=MessageState.QUEUED))
    change.put(toys.note("n1", "v", seq=4))
    promise_and_wait(change)
    change.put(toys.delivery("d", events=2, unreadable=1))
    for key, id_ in (("k1", "m1"), ("k2", "m2")):
        change.put(toys.inbound_key(key, delivery="d", message=id_))
    change.put(toys.dead_letter("l", delivery="d"))
    change.put(toys.attachment("a", "m1", sha256=file, size=7))
    change.put(replace(toys.attachment("b", "m2", sha256=file, size=7), state=FileState.PENDING))
    change.put(job("j3", key="b", lane="file:b", kind=JobKind.FETCH_MEDIA))
    change.audit("agent:a", "contact.edit", "c")


def promise_and_wait(change) -> None:
    """A promise, and a reply that goes at its time."""
    change.put(
        Promise(
            id="p1",
            desk=DESK,
            conversation="v",
            identity="tel:+491",
            owner="a",
            queue="",
            text="soon",
            due=9,
            made_at=1,
            by="agent:a",
            message=None,
        )
    )
    change.put(
        Scheduled(
            id="s1",
            desk=DESK,
            conversation="v",
            identity="tel:+1",
            author="agent:a",
            text="soon",
            reply="{}",
            send_at=9,
            unless_answered=True,
            job="j4",
            by="agent:a",
            at=1,
        )
    )
    change.put(job("j4", key="s1", lane="scheduled:v", kind=JobKind.SCHEDULED, due_at=9))


@pytest.fixture
async def lived(store, database):
    """A store where things have happened, and what runs a statement on it."""
    file = store.files.put(b"picture")
    await store.submit(Do(lambda change: happen(change, file)))
    await store.submit(
        Put(rows=(job("j1", key="m3", lane="x", seq=1), job("j2", key="m3", lane="x", seq=2)))
    )
    (claimed,) = await store.claim((JobKind.SEND,), limit=1, hold_ms=1)
    done = toys.finished(claimed.attempt, "accepted", provider_id="p")
    await store.submit(Put(rows=(done, job("j1", key="m3", lane="x", seq=1))))
    (claimed,) = await store.claim((JobKind.FETCH_MEDIA,), limit=1, hold_ms=1)
    fetched = toys.finished(claimed.attempt, "accepted")  # a file has no name at the provider
    again = job("j3", key="b", lane="file:b", kind=JobKind.FETCH_MEDIA)
    await store.submit(Put(rows=(fetched, again)))
    await store.close()

    def run(statement: str) -> None:
        engine = engines.migrating(database)
        with engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount != 0
        engine.dispose()

    def found() -> dict[str, tuple[str, ...]]:
        engine = engines.reading(database)
        with engine.connect() as connection:
            out = {
                p.promise: p.findings for p in proofs(connection, DESK, store.files) if not p.holds
            }
        engine.dispose()
        return out

    return run, found


async def test_a_sound_store_keeps_every_promise(lived) -> None:
    """Nothing speaks against a store that only its own commands have written."""
    _, found = lived
    assert found() == {}


HURT = [
    ("an event is gone", "DELETE FROM event WHERE position=2", "positions are dense"),
    ("the head is ahead", "UPDATE desk SET head=head+1", "positions are dense"),
    ("a sequence is off", "UPDATE event SET seq=9 WHERE position=4", "numbers within conversations are dense"),
    ("an audit entry is gone", "DELETE FROM audit_entry", "the audit log is dense"),
    ("a message twice", "UPDATE inbound_key SET message='m1' WHERE key='k2'", "one message per key"),
    ("a job is gone", "DELETE FROM job", "what is queued has a job"),
    ("a job for nothing", "UPDATE job SET key='x'", "every job has its message"),
    ("a job without a try", "UPDATE job SET state='sending' WHERE id='j1'", "every try ends once"),
    ("a try without a job", "UPDATE attempt SET outcome=''", "every try ends once"),
    ("a lane is forgotten", "DELETE FROM lane", "every lane with work is known"),
    ("a lane is out of order", "UPDATE lane SET job='j2'", "lanes keep their order"),
    ("a lane knows another time", "UPDATE lane SET due_at=5", "lanes keep their order"),
    ("sent without a name", "UPDATE attempt SET provider_id=NULL", "what was sent has a name"),
    ("who waits has another time", "UPDATE scheduled SET send_at=99", "what is to be said later has its job"),
    ("who waits has no job", "UPDATE job SET state='dead' WHERE id='j4'", "what is to be said later has its job"),
    ("what is over has a job", "UPDATE scheduled SET state='sent', ended_at=9", "what is to be said later has its job"),
    ("it waits and is over", "UPDATE scheduled SET ended_at=9", "what is to be said later has its job"),
    ("what is to be said is gone", "DELETE FROM scheduled", "words behind every id"),
    ("decided too early", "UPDATE desk SET applied=99", "decisions follow the log"),
    ("a key is gone", "DELETE FROM inbound_key WHERE key='k1'", "received is stored"),
    ("a letter is gone", "DELETE FROM dead_letter", "received is stored"),
    ("a note is gone", "DELETE FROM note", "words behind every id"),
    ("a message is gone", "DELETE FROM message WHERE id='m1'", "words behind every id"),
    ("a message out of nowhere", "UPDATE message SET seq=99 WHERE id='m1'", "every message is told of"),
    ("a contact is gone", "DELETE FROM contact", "everything has its owner"),
    ("a file is shorter", "UPDATE attachment SET size_bytes=8", "the bytes of every attachment"),
    ("another file", f"UPDATE attachment SET sha256='{'a' * 64}'", "the bytes of every attachment"),
    ("whom somebody was merged into is gone", "UPDATE contact SET merged_into='x' WHERE id='was'", "pointers lead somewhere"),
    ("merged in a circle", "UPDATE contact SET merged_into='was' WHERE id='c'", "pointers lead somewhere"),
    ("what goes on is gone", "UPDATE conversation SET continued_in='x' WHERE id='before'", "pointers lead somewhere"),
    ("it goes on in itself", "UPDATE conversation SET continued_in='before' WHERE id='before'", "pointers lead somewhere"),
    ("open for who was merged", "UPDATE conversation SET contact='c', open_of='was' WHERE id='v'", "what is open is whose it is"),
    ("over and open", "UPDATE conversation SET continued_in='before' WHERE id='v'", "what is open is whose it is"),
    ("a held reply is forgotten", "UPDATE message SET state='held' WHERE id='m3'", "what is held waits"),
    ("a promise is gone", "DELETE FROM promise", "words behind every id"),
    ("a promise without its end", "UPDATE promise SET state='kept'", "every promise stands where its conversation is"),
    ("a promise outlives its conversation", "UPDATE conversation SET status='resolved'", "every promise stands where its conversation is"),
    ("a file's job is gone", "DELETE FROM job WHERE kind='fetch_media'", "a pending file has its job"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "promise"), [h[1:] for h in HURT], ids=[h[0] for h in HURT])
async def test_a_hurt_store(lived, statement, promise) -> None:
    """Whatever is missing, doubled or stray is found, and said in words."""
    run, found = lived
    run(statement)
    broken = found()
    assert promise in broken
    assert all(broken.values())


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_damaged_file(store, database, tmp_path) -> None:
    """A file that was damaged behind SQLite's back is found to be."""
    await store.submit(Put(rows=tuple(toys.cursor(f"c{i}", "x" * 500) for i in range(200))))
    await store.close()
    path = tmp_path / "parley.sqlite3"
    content = bytearray(path.read_bytes())
    at = content.rindex(b"x" * 500)
    content[at - 40 : at] = bytes(40)
    path.write_bytes(content)
    engine = engines.reading(database)
    with engine.connect() as connection:
        found = list(PROMISES["the file is whole"](connection, DESK, Files(tmp_path)))
    engine.dispose()
    assert [f for f in found if isinstance(f, str)]
