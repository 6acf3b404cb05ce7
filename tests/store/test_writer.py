"""Submitting commands: one log, one lock, each command on its own."""

import asyncio
import threading
from collections import Counter

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from gateway.domain.conversation import Conversation, Status
from gateway.domain.delivery import Cursor, InboundKey
from gateway.domain.message import Message
from gateway.domain.outcome import Refusal
from gateway.store import StoreUnavailable, WriteConflict, writer
from gateway.store.committer import Committer
from gateway.store.queries.rows import all_of, one_of, table_of
from gateway.verbs.change import by_index, by_key
from tests.store import toys
from tests.store.toys import Do, HandClock, Put, Take, Tell, Write, together


async def positions(store) -> list[int]:
    """Every position in the log, as stored."""
    found = []
    while page := await store.follow(found[-1] if found else 0, 500):
        found += [event.position for event in page]
    return found


async def test_positions_are_dense(store) -> None:
    """However many write at once, positions have no gap, no twin, and follow the order of commits."""
    told = []
    store.on_commit.append(lambda events: told.extend(e.position for e in events))

    async def writer_of(name: str) -> list[int]:
        return [p for i in range(20) for p in await store.submit(Tell(count=i % 3, name=name))]

    answers = await asyncio.gather(*(writer_of(f"w{n}") for n in range(16)))
    total = sum(i % 3 for i in range(20)) * 16
    assert sorted(p for mine in answers for p in mine) == list(range(1, total + 1))
    assert all(mine == sorted(mine) for mine in answers)
    assert await positions(store) == list(range(1, total + 1))
    assert told == list(range(1, total + 1))
    assert store.head() == total


async def test_a_refusal_costs_only_itself(store) -> None:
    """A refused command leaves nothing behind, and those beside it in the batch are kept."""
    answers = await together(store, Tell(), Do(toys.refuse), Tell(), Do(toys.refuse), Tell())
    assert [isinstance(a, Refusal) for a in answers] == [False, True, False, True, False]
    assert await positions(store) == [1, 2, 3]
    assert await store.read(one_of, Cursor, account="test", name="refused") is None


@pytest.mark.parametrize("part", ["reads", "decide"])
async def test_an_exception_costs_only_itself(store, part) -> None:
    """A command that raises gets its own exception; the rest of its batch is committed."""

    def bad_ask(view):
        raise RuntimeError("planted")

    bad = Do(toys.fail) if part == "decide" else Do(toys.fail, ask=bad_ask)
    answers = await together(store, Tell(), bad, Tell())
    assert isinstance(answers[1], RuntimeError)
    assert await positions(store) == [1, 2]
    assert await store.read(one_of, Cursor, account="test", name="failed") is None


async def test_a_refused_blind_put_hides_nothing(store) -> None:
    """What a refused command wrote without looking does not hide the stored row from the next."""
    await store.submit(Put(rows=(toys.cursor("refused", "old"),)))

    def ask(view):
        if view.peek(Cursor, "test", "go") is not None:
            yield by_key(Cursor, "test", "refused")

    go = Put(rows=(toys.cursor("go"),))
    look = Do(lambda c: c.get(Cursor, "test", "refused"), by_key(Cursor, "test", "go"), ask=ask)
    answers = await together(store, Tell(), go, Do(toys.refuse), look)
    assert answers[3] == toys.cursor("refused", "old")


async def test_an_event_is_taken_once(store) -> None:
    """Fifty concurrent copies of a provider's event are one event."""
    answers = await together(store, *(Take(key=f"k{i % 4}") for i in range(200)))
    assert Counter(answers) == {True: 4, False: 196}
    assert await positions(store) == [1, 2, 3, 4]


async def test_a_new_customer_is_one_person(store) -> None:
    """Messages of a new contact that arrive together open one conversation."""
    answers = await together(
        store, *(Write(urn="tel:+1", text="hi", key=f"k{i}") for i in range(5))
    )
    assert len(set(answers)) == 1
    assert await store.read(count, Conversation) == 1
    seqs = await store.read(
        lambda c: [m.seq for m in all_of(c, Message, select(table_of(Message)))]
    )
    assert sorted(seqs) == [1, 2, 3, 4, 5]


def count(connection, row) -> int:
    return connection.execute(select(func.count()).select_from(table_of(row))).scalar_one()


async def test_who_writes_together_is_committed_together(store, monkeypatch) -> None:
    """Under load a commit serves many commands; a lone command does not wait for company."""
    sizes = []
    begin = Committer.begin

    def counted(self, commands):
        sizes.append(len(commands))
        return begin(self, commands)

    monkeypatch.setattr(Committer, "begin", counted)
    for _ in range(3):
        await store.submit(Tell())
    assert sizes == [1, 1, 1]
    sizes.clear()
    await together(store, *(Tell() for _ in range(640)))
    assert sum(sizes) == 640
    assert max(sizes) == writer.BATCH_LIMIT
    assert len(sizes) <= 20


async def test_a_commit_goes_on_while_answers_go_out(store, monkeypatch) -> None:
    """Where enough wait, a batch is handed on before the one ahead of it is answered."""
    seen = []
    handed, answer = writer.Writer._go_on, writer.Writer._answer

    def hand(self):
        seen.append("handed on")
        handed(self)

    def tell(self, *told):
        seen.append("answered")
        answer(self, *told)

    monkeypatch.setattr(writer.Writer, "_go_on", hand)
    monkeypatch.setattr(writer.Writer, "_answer", tell)
    await together(store, *(Tell() for _ in range(3 * writer.BATCH_LIMIT)))
    assert seen == ["handed on"] * 2 + ["answered", "handed on"] + ["answered"] * 2


async def test_a_later_command_sees_the_earlier(store) -> None:
    """In a batch each command decides on what those before it have written."""

    def add(change):
        row = change.get(Cursor, "test", "sum")
        return change.put(toys.cursor("sum", str(int(row.value if row else 0) + 1))).value

    answers = await together(store, *(Do(add, by_key(Cursor, "test", "sum")) for _ in range(30)))
    assert answers == [str(i) for i in range(1, 31)]


async def test_rows_that_an_earlier_command_leads_to_are_loaded(store) -> None:
    """What a command wants to see because of one before it in its batch is read in between."""
    await store.submit(Put(rows=(toys.conversation("v1", "c1"), toys.conversation("v2", "c2"))))
    point = Put(rows=(toys.cursor("where", "c2"),))

    def ask(view):
        where = view.peek(Cursor, "test", "where")
        if where is not None:
            yield by_index(Conversation, "open_of", where.value)

    look = Do(
        lambda c: [
            v.id for v in c.by(Conversation, "open_of", c.get(Cursor, "test", "where").value)
        ],
        by_key(Cursor, "test", "where"),
        ask=ask,
    )
    move = Do(
        lambda c: c.put(msgspec.structs.replace(c.get(Conversation, "v2"), open_of=None)),
        by_key(Conversation, "v2"),
    )
    new = Put(rows=(toys.conversation("v3", "c2"),))
    answers = await together(store, Tell(), point, look, move, new, look)
    assert answers[2] == ["v2"]
    assert answers[5] == ["v3"]
    assert await store.submit(look) == ["v3"]


async def test_rows_that_an_earlier_command_led_away_are_not(store) -> None:
    """A row that was changed earlier in the batch is found by what it is now, not as stored."""
    await store.submit(Put(rows=(toys.conversation("v1", "c1"), toys.conversation("v2", "c2"))))

    def ask(view):
        if view.peek(Cursor, "test", "go") is not None:
            for contact in ("c1", "c2", "c3"):
                yield by_index(Conversation, "open_of", contact)
                for found in view.peek_by(Conversation, "open_of", contact):
                    yield by_key(Cursor, "of", found.id)

    def look(change):
        found = [change.by(Conversation, "open_of", c) for c in ("c1", "c2", "c3")]
        assert [change.get(Cursor, "of", v.id) for vs in found for v in vs] == [None, None]
        return [[v.id for v in vs] for vs in found]

    def swap(change):
        one, two = change.get(Conversation, "v1"), change.get(Conversation, "v2")
        change.put(msgspec.structs.replace(one, open_of="c2"))
        change.put(msgspec.structs.replace(two, open_of=None))
        change.put(toys.conversation("v3", "c3"))

    answers = await together(
        store,
        Tell(),
        Put(rows=(toys.cursor("go"),)),
        Do(swap, by_key(Conversation, "v1"), by_key(Conversation, "v2")),
        Do(look, by_key(Cursor, "test", "go"), ask=ask),
    )
    assert answers[3] == [[], ["v1"], ["v3"]]


async def test_what_is_held_once_can_change_hands(store) -> None:
    """One command may close a conversation and open another of the same contact, in any order."""
    await store.submit(
        Put(rows=(toys.conversation("a", "c", is_open=False), toys.conversation("b", "c")))
    )

    def swap(change):
        a, b = change.get(Conversation, "a"), change.get(Conversation, "b")
        change.put(msgspec.structs.replace(a, open_of="c", status=Status.OPEN))
        change.put(msgspec.structs.replace(b, open_of=None, status=Status.RESOLVED))

    reads = (by_key(Conversation, "a"), by_key(Conversation, "b"))
    assert await store.submit(Do(swap, *reads)) is None
    assert (await store.read(one_of, Conversation, open_of="c")).id == "a"


async def test_only_the_guilty_of_a_batch_fails(store) -> None:
    """What the database refuses is refused to the command that wrote it, and to no other."""
    await store.submit(Put(rows=(toys.inbound_key("taken"),)))
    blind = Put(rows=(toys.inbound_key("taken"),))
    answers = await together(store, Tell(), Tell(), blind, Tell(), Take(key="free"))
    assert isinstance(answers[2], WriteConflict)
    assert [answers[i] for i in (0, 1, 3, 4)] == [[1], [2], [3], True]
    assert await positions(store) == [1, 2, 3, 4]


@pytest.mark.parametrize("text", ["a\0b", "\\u0000", "\\\0", "😀", "", "  ", "\ud83d"])
async def test_any_text_is_kept(store, text) -> None:
    """Whatever a customer sends is stored, or refused to them alone; it never stops the others."""
    answers = await together(
        store,
        Tell(),
        Put(rows=(toys.conversation("v", "c"), toys.message("m", "v", text=text))),
        Tell(),
    )
    assert answers[0] == [1]
    assert answers[2] == [2]
    found = await store.read(one_of, Message, id="m")
    if text == "\ud83d":
        assert isinstance(answers[1], WriteConflict)
        assert found is None
    else:
        assert found.text in (text, text.replace("\0", "\ufffd"))


async def test_reads_must_come_to_an_end(store) -> None:
    """A command that never stops asking is refused, not obeyed."""

    def ask(view):
        n = 0
        while view.peek(Cursor, "test", str(n)) is not None or n == 0:
            yield by_key(Cursor, "test", str(n))
            n += 1
        yield by_key(Cursor, "test", str(n))

    await store.submit(Put(rows=tuple(toys.cursor(str(n)) for n in range(1, 40))))
    (answer, after) = await together(store, Do(lambda c: None, ask=ask), Tell())
    assert type(answer).__name__ == "TooManyRounds"
    assert after == [1]


async def test_a_full_queue_refuses(store, monkeypatch) -> None:
    """Past the limit of the queue nothing is promised: the answer is that the store is unavailable."""
    monkeypatch.setattr(writer, "QUEUE_LIMIT", 10)
    release = threading.Event()
    blocked = asyncio.ensure_future(store.submit(Do(lambda c: release.wait(10) and None)))
    await asyncio.sleep(0.05)
    waiting = [asyncio.ensure_future(store.submit(Tell())) for _ in range(11)]
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable):
        await waiting[10]
    release.set()
    await blocked
    assert len(await asyncio.gather(*waiting[:10])) == 10


async def test_what_was_accepted_is_finished(open_store, database) -> None:
    """Closing finishes every command that was submitted, then refuses."""
    store = await open_store()
    pending = [asyncio.ensure_future(store.submit(Tell())) for _ in range(500)]
    await asyncio.sleep(0)
    await store.close()
    assert sorted(p for [p] in await asyncio.gather(*pending)) == list(range(1, 501))
    with pytest.raises(StoreUnavailable):
        await store.submit(Tell())
    again = await open_store()
    assert again.head() == 500


async def test_whoever_gives_up_waiting_does_no_harm(store) -> None:
    """A caller that is cancelled does not take its command back, nor disturb the others."""
    gone = asyncio.ensure_future(store.submit(Tell()))
    other = asyncio.ensure_future(store.submit(Tell()))
    await asyncio.sleep(0)
    gone.cancel()
    assert await other == [2]


async def test_inline_runs_the_same_code(open_store) -> None:
    """For simulations a store commits inside submit, in the order of calls."""
    store = await open_store(inline=True, clock=HandClock())
    assert [await store.submit(Tell()) for _ in range(3)] == [[1], [2], [3]]
    assert [e.position for e in await store.follow(1)] == [2, 3]
    assert await store.read(one_of, InboundKey, key="x") is None


async def test_a_listener_that_fails_disturbs_nobody(store) -> None:
    """What is told of a commit fails for itself: the answer comes, and the others hear of it."""
    heard = []

    def broken(events):
        raise RuntimeError("planted")

    store.on_commit += [broken, lambda events: heard.extend(e.position for e in events)]
    assert await store.submit(Tell()) == [1]
    assert await store.submit(Tell()) == [2]
    assert heard == [1, 2]


async def test_a_fault_of_ours_ends_nothing(store, monkeypatch) -> None:
    """Should the writer itself fail, the batch hears of it, and the next one is written."""
    begin = Committer.begin

    def broken(self, commands):
        monkeypatch.setattr(Committer, "begin", begin)
        raise RuntimeError("planted")

    monkeypatch.setattr(Committer, "begin", broken)
    with pytest.raises(RuntimeError, match="planted"):
        await store.submit(Tell())
    for _ in range(200):
        try:
            assert await store.submit(Tell()) == [1]
            break
        except StoreUnavailable:
            await asyncio.sleep(0.01)
    assert await positions(store) == [1]


@pytest.mark.parametrize(
    ("made", "columns"),
    [
        (lambda n: toys.conversation(n, f"c{n}"), {"contact": "d", "open_of": "d", "subject": "s"}),
        (
            lambda n: toys.message(n, f"v{n}", key="k", provider_id="p"),
            {"account": "mail", "conversation": "w", "seq": 2, "provider_id": "q", "key": "l"},
        ),
    ],
    ids=["conversation", "message"],
)
async def test_a_change_of_what_seldom_changes_is_written(store, made, columns) -> None:
    """A known row is written as it is now, whichever of its columns are new, and so in one batch
    with rows of which others are."""
    kind = type(made("r"))
    changes = {"none": {}, "all": columns, **{name: {name: columns[name]} for name in columns}}
    changes = {
        row: {name: f"{value}{row}" if name != "seq" else value for name, value in change.items()}
        for row, change in changes.items()
    }
    await store.submit(Put(rows=tuple(map(made, changes))))

    def changed(row: str) -> Do:
        def decide(change) -> None:
            change.put(replace(change.get(kind, row), **changes[row]))

        return Do(decide, by_key(kind, row))

    assert not any(await together(store, *map(changed, changes)))
    for row, change in changes.items():
        found = await store.read(one_of, kind, id=row)
        assert found == replace(made(row), **change)
