"""A kept delivery is read again: by an adapter that was mended since, or with the right secret."""

from pathlib import Path
from typing import Any

import pytest

from gateway.contract import RawReply, RawRequest, Unauthentic, Unreadable
from gateway.domain.job import JobKind
from gateway.store.queries.proof import proofs
from gateway.verbs.dead import DiscardDead, RetryDead
from tests.unit.pipeline.desk import Desk, opened
from tests.unit.pipeline.test_inbound import sign
from tests.unit.pipeline.toy import Read, Toy, said

LETTERS = "SELECT detail FROM dead_letter WHERE state = 'open' ORDER BY id"
COUNTS = "SELECT events, unreadable FROM delivery"


class Learner(Toy):
    """Reads what it has learnt; of the rest it says that it does not know it."""

    def __init__(self, *known: str) -> None:
        super().__init__()
        self.known = set(known)
        self.proved = True

    def receive(self, raw: RawRequest) -> tuple[tuple[Any, ...], RawReply]:
        if not self.proved:
            raise Unauthentic("forged")
        events, reply = super().receive(raw)
        return tuple(map(self._read, events)), reply

    def _read(self, event: Read) -> Read:
        key = "" if isinstance(event, Unreadable) else event.key.partition(":")[2]
        return event if not key or key in self.known else Unreadable(detail=f"{key} is new to me")


async def retried(desk: Desk, toy: Learner, *learnt: str) -> None:
    """A person asks for the first that is stuck, after the adapter has learnt something."""
    toy.known |= set(learnt)
    letter = await desk.one("SELECT min(id) FROM dead_letter WHERE state = 'open'")
    job = await desk.store.submit(RetryDead(id=letter, by="olga"))
    assert await desk.store.submit(RetryDead(id=letter, by="olga")) == job, "once is enough"
    claimed = await desk.claim(JobKind.READ)
    assert claimed is not None
    await desk.store.submit(await desk.inbound.again(claimed))
    assert await desk.claim(JobKind.READ) is None


async def stuck(desk: Desk) -> list[str]:
    """What waits for a person."""
    return [detail for (detail,) in await desk.rows(LETTERS)]


async def sound(desk: Desk) -> bool:
    """What `parley audit` says."""
    return await desk.store.read(
        lambda connection: all(
            p.holds for p in proofs(connection, desk.store.desk, desk.store.files)
        )
    )


# label, what the adapter reads of a delivery of three, what it learns, what is stuck then.
LEARNT = [
    ("all of it", [], ["1", "2", "3"], []),
    ("some of it", ["1"], ["2"], ["3 is new to me"]),
    ("nothing", ["1"], [], ["2 is new to me", "3 is new to me"]),
]


@pytest.mark.parametrize(
    ("known", "learnt", "left"), [row[1:] for row in LEARNT], ids=[row[0] for row in LEARNT]
)
async def test_what_is_understood_by_now_goes_in(tmp_path: Path, known, learnt, left) -> None:
    """Once, whatever of the delivery had gone in before; the rest goes on waiting."""
    toy = Learner(*known)
    async with opened(tmp_path, toy=toy) as desk:
        await desk.hear(said("one", "1"), said("two", "2"), said("three", "3"))
        await retried(desk, toy, *learnt)
        assert await stuck(desk) == left
        words = [text for (text,) in await desk.rows("SELECT text FROM message ORDER BY seq")]
        assert words == [
            w for w, k in (("one", "1"), ("two", "2"), ("three", "3")) if k in toy.known
        ]
        assert await desk.one(COUNTS) == (len(toy.known), 3 - len(known))
        assert len(await desk.log("message.received")) == len(toy.known)
        assert await sound(desk)


async def test_more_than_was_seen_before(tmp_path: Path) -> None:
    """A delivery that was unreadable as a whole may have several parts that still are."""
    toy = Learner("1")
    async with opened(tmp_path, toy=toy) as desk:
        await desk.hear(Unreadable(detail="no JSON"))
        toy.receive = lambda raw: (
            (said("one", "1"), Unreadable(detail="a"), Unreadable(detail="b"), sign("typing")),
            RawReply(),
        )  # type: ignore[method-assign]
        await retried(desk, toy)
        assert sorted(await stuck(desk)) == ["a", "b"]
        assert await desk.one(COUNTS) == (1, 2)
        assert desk.signs == [], "who typed then types no more"
        assert await sound(desk)


async def test_what_was_let_be_stays_so(tmp_path: Path) -> None:
    """An item that a person discarded does not come back with its neighbour."""
    toy = Learner()
    async with opened(tmp_path, toy=toy) as desk:
        await desk.hear(said("one", "1"), said("two", "2"))
        first = await desk.one("SELECT id FROM dead_letter WHERE detail = '1 is new to me'")
        await desk.store.submit(DiscardDead(id=first, by="olga"))
        await retried(desk, toy)
        assert await stuck(desk) == ["2 is new to me"]
        assert (await desk.store.submit(RetryDead(id=first, by="olga"))).code == "not_found"
        assert await sound(desk)


async def test_what_is_no_longer_proved(tmp_path: Path) -> None:
    """A secret that was changed since, or an account that is gone, is told; nothing goes in."""
    toy = Learner()
    async with opened(tmp_path, toy=toy) as desk:
        await desk.hear(said("one", "1"))
        toy.proved = False
        await retried(desk, toy, "1")
        assert await stuck(desk) == ["the account's secrets do not prove it any more: forged"]
        toy.proved, account = True, desk.accounts.pop("toy")
        await retried(desk, toy)
        assert await stuck(desk) == ["there is no account toy any more"]
        desk.accounts["toy"] = account
        await retried(desk, toy)
        assert await stuck(desk) == []
        assert await sound(desk)
