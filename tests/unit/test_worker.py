"""The heartbeats, in virtual time: what happens by itself, how often, and what stopping waits for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from config import Rulebook
from gateway.contract import Deferred, Doubt, Health, Inlet, Reason
from gateway.domain.job import FirstAnswer, Job, JobKind
from gateway.domain.outcome import InDoubt
from gateway.pipeline.callbacks import Callbacks
from gateway.pipeline.crew import DUE_GRID_MS, HOLD_MS
from gateway.pipeline.sessions import Sessions
from gateway.pipeline.telephone import Telephone
from gateway.store import StoreUnavailable
from gateway.stream import Outlets, Stream
from gateway.verbs.jobs import errand
from gateway.verbs.work import ApplyRulebook
from gateway.worker import JOBS_AT_ONCE, RECLAIM_MS, RESTART_LONGEST_MS, Worker, errands_of
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.unit.pipeline.desk import BOOK, START_MS, AnotherNode, Desk, hushed, opened
from tests.unit.pipeline.toy import Arranger, Finder, Poller, Toy, delivery, said

STATES = "SELECT state FROM message WHERE direction='out' ORDER BY rowid"
PATIENCE_S = 50_000.0  # of virtual time; a scenario that takes longer hangs


class Away(AnotherNode):
    """A store that can be away for writers, as a database behind a broken network."""

    away = False
    claims = 0  # how often jobs were looked for

    async def claim(self, kinds: tuple[JobKind, ...], **fields: Any) -> Any:
        self.claims += JobKind.SEND in kinds
        return await self._store.claim(kinds, **fields)

    async def submit(self, command: Any) -> Any:
        if self.away:
            raise StoreUnavailable
        return await self._store.submit(command)


class Unread(AnotherNode):
    """A store whose next read fails."""

    failed = False

    async def read(self, *asked: Any, **fields: Any) -> Any:
        if not self.failed:
            self.failed = True
            raise StoreUnavailable
        return await self._store.read(*asked, **fields)


class Node:
    """A desk with its worker."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = Away(desk.store, desk.store.node)
        telephone = Telephone(self.store, desk.accounts, lambda: desk.dispatch.inforce)  # type: ignore[arg-type]
        callbacks = Callbacks(
            self.store,  # type: ignore[arg-type]
            desk.accounts,
            desk.own_words,
            lambda: desk.dispatch.inforce,
        )
        outlets = Outlets()
        self.worker = Worker(
            self.store,  # type: ignore[arg-type]
            desk.accounts,
            desk.inbound,
            desk.dispatch,
            Random(7),
            errands_of(
                desk.inbound,
                desk.outbound,
                desk.automatic,
                desk.media,
                telephone,
                callbacks,
                outlets,
                Sessions(desk.store, desk.accounts),
                departures=desk.departures,
            ),
            media=desk.media,
            outlets=outlets,
            listening=Stream(desk.store).listening,
        )

    async def states(self) -> list[str]:
        """How far our messages got."""
        return [state for (state,) in await self.desk.rows(STATES)]

    async def waiting(self, count: int, account: str = "toy") -> None:
        """As many conversations, each with a reply that waits to be sent."""
        for number in range(count):
            event = said("Hello", f"{account}{number}", sender=f"tel:+{account}{number}")
            accepted = await self.desk.hear(event, account=account)
            await self.desk.reply(accepted.messages[0].conversation)


Scenario = Callable[[Node], Awaitable[None]]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Runs a scenario in virtual time on a desk; again, on the same store as before."""
    loop = VirtualLoop(Random(1), 0.0)
    clock = VirtualClock(START_MS)
    clock.loop = loop

    def run(scenario: Scenario, *, started: bool = True, **fields: Any) -> None:
        async def main() -> None:
            async with opened(tmp_path, clock=clock, **fields) as desk:
                node = Node(desk)
                if started:
                    node.worker.start()
                try:
                    await asyncio.wait_for(scenario(node), PATIENCE_S)
                finally:
                    await node.worker.stop()

        with hushed():
            loop.run_until_complete(main())

    yield run
    loop.close()


@contextmanager
def away(node: Node) -> Iterator[None]:
    """While the store is away."""
    node.store.away = True
    yield
    node.store.away = False


# --- what happens by itself ---


def test_messages_are_decided_sent_and_indexed(live: Callable[..., None]) -> None:
    """Nobody calls anything: work appears, a reply goes out, words can be found."""

    async def scenario(node: Node) -> None:
        conversation = await node.desk.ask_in()
        await node.desk.reply(conversation)
        await asyncio.sleep(5)
        assert await node.desk.one("SELECT count(*) FROM work") == 1
        assert await node.states() == ["sent"]
        assert await node.desk.one("SELECT count(*) FROM search_doc WHERE kind='message'") == 2

    live(scenario)


def test_time_alone_brings_things_about(live: Callable[..., None]) -> None:
    """A turn is warned of and breached to the moment, without any event."""

    async def scenario(node: Node) -> None:
        await node.desk.ask_in()
        await asyncio.sleep(120)
        told = await node.desk.told("turn.changed")
        assert [(body.what, body.noticed_at - START_MS) for body in told] == [
            ("warned", 48_000),
            ("breached", 60_001),
        ]

    live(scenario)


def test_an_automatic_reply_goes_out(live: Callable[..., None]) -> None:
    """When it is due, by the same way as any other message."""
    templates = {"automatic": {"acknowledged": {"after": "9s"}}}

    async def scenario(node: Node) -> None:
        await node.desk.ask_in()
        await asyncio.sleep(8.9)
        assert await node.states() == []
        await asyncio.sleep(2.2)
        assert await node.states() == ["sent"]

    live(scenario, book=BOOK | {"templates": templates})


def test_a_deferred_send_comes_again_not_earlier_than_asked(live: Callable[..., None]) -> None:
    """And without anybody's waking it."""

    async def scenario(node: Node) -> None:
        toy = node.desk.toys["toy"]
        busy = Deferred(reason=Reason.THROTTLED, detail="429", retry_after_ms=30_000)
        toy.answers.append(busy)
        await node.waiting(1)
        await asyncio.sleep(29.9)
        assert len(toy.sent) == 1
        await asyncio.sleep(3)
        assert len(toy.sent) == 2
        assert await node.states() == ["sent"]

    live(scenario)


@pytest.mark.parametrize("asked_ms", [2_250, 45_400, 600_700])
def test_a_retry_starts_when_it_is_due(live: Callable[..., None], asked_ms: int) -> None:
    """Not at the next look: whoever knows the instant wakes for it."""

    async def scenario(node: Node) -> None:
        toy = node.desk.toys["toy"]
        toy.answers.append(Deferred(reason=Reason.THROTTLED, detail="429", retry_after_ms=asked_ms))
        await node.waiting(1)
        await asyncio.sleep(1)
        due = await node.desk.one("SELECT due_at FROM job WHERE kind='send'")
        await asyncio.sleep(asked_ms / 1_000 + 5)
        begun = await node.desk.one("SELECT max(started_at) FROM attempt")
        assert due <= begun <= due + DUE_GRID_MS

    live(scenario)


def test_a_crowd_that_is_due_by_and_by_is_not_looked_for_one_by_one(
    live: Callable[..., None],
) -> None:
    """Jobs for every instant of two seconds, all gone by then, cost a look a grid line."""

    async def scenario(node: Node) -> None:
        soon = node.desk.store.clock.now_ms() + 10_000
        plea = FirstAnswer(conversation="c", template="t")
        gone = [
            errand(JobKind.SEND, "l", plea, job="j", desk="d", seq=1, now=soon + each)
            for each in range(2_000)
        ]
        for take in node.desk.store.on_rows:
            take({Job: (gone, [])})
        await asyncio.sleep(9.5)
        before = node.store.claims
        await asyncio.sleep(3)
        assert 2_000 // DUE_GRID_MS <= node.store.claims - before <= 2_000 // DUE_GRID_MS + 10

    live(scenario)


# --- lanes and room ---


def test_one_at_a_time_in_a_lane(live: Callable[..., None]) -> None:
    """In the order of writing; a stuck one holds up nobody else."""

    async def scenario(node: Node) -> None:
        toy = node.desk.toys["toy"]
        toy.answers += [20.0, 0.5]
        conversation = await node.desk.ask_in()
        first = await node.desk.reply(conversation, "one")
        second = await node.desk.reply(conversation, "two")
        await asyncio.sleep(1)
        await node.waiting(1)
        await asyncio.sleep(5)
        assert [sent.id for sent in toy.sent][:1] == [first.id]
        assert second.id not in {sent.id for sent in toy.sent}
        assert await node.states() == ["queued", "queued", "sent"]
        await asyncio.sleep(20)
        assert toy.sent[-1].id == second.id
        assert await node.states() == ["sent"] * 3

    live(scenario)


def test_an_account_sends_as_many_at_once_as_it_may(live: Callable[..., None]) -> None:
    """Each by its own capability; all go out in the end."""
    one, two = Toy(concurrency=2), Toy(concurrency=3)

    async def scenario(node: Node) -> None:
        for toy, account in ((one, "toy"), (two, "two")):
            toy.answers += [1.0] * 7
            await node.waiting(7, account)
        node.worker.start()
        await asyncio.sleep(0.5)
        assert (one.running, two.running) == (2, 3)
        await asyncio.sleep(10)
        assert (one.most_at_once, two.most_at_once) == (2, 3)
        assert await node.states() == ["sent"] * 14

    live(scenario, started=False, toy=one, two=two)


def test_the_room_of_an_account_is_for_all_kinds_of_jobs(live: Callable[..., None]) -> None:
    """A claim takes no more of an account than it has room for, whatever the jobs do."""
    book = BOOK | {"templates": {"automatic": {"acknowledged": {}}}}

    async def scenario(node: Node) -> None:
        for account in ("toy", "two"):
            await node.waiting(2, account)
        kinds = (JobKind.SEND, JobKind.AUTO_REPLY)
        room = {"toy": 1, "two": 3}
        claimed = await node.desk.store.claim(kinds, limit=99, hold_ms=HOLD_MS, room=room)
        accounts = [item.job.account for item in claimed]
        assert (accounts.count("toy"), accounts.count("two")) == (1, 3)
        rest = await node.desk.store.claim(kinds, limit=99, hold_ms=HOLD_MS, room={"toy": 0})
        assert [item.job.account for item in rest] == ["two"]

    live(scenario, started=False, book=book, toy=Toy(), two=Toy())


def test_a_node_sends_so_many_at_once(live: Callable[..., None]) -> None:
    """All accounts together; the rest waits in the store, not in memory."""
    toy = Toy(concurrency=1_000)

    async def scenario(node: Node) -> None:
        toy.answers += [1.0] * (JOBS_AT_ONCE + 6)
        await node.waiting(JOBS_AT_ONCE + 6)
        node.worker.start()
        await asyncio.sleep(0.9)
        assert toy.most_at_once == JOBS_AT_ONCE
        assert await node.desk.one("SELECT count(*) FROM job WHERE state='ready'") == 6
        await asyncio.sleep(3)
        assert await node.states() == ["sent"] * (JOBS_AT_ONCE + 6)
        assert toy.most_at_once == JOBS_AT_ONCE

    live(scenario, started=False, toy=toy)


# --- a store that is away ---


def test_what_came_of_a_try_is_written_when_the_store_is_back(live: Callable[..., None]) -> None:
    """It is not tried again meanwhile, nor after."""

    async def scenario(node: Node) -> None:
        toy = node.desk.toys["toy"]
        toy.answers.append(1.0)
        await node.waiting(1)
        await asyncio.sleep(0.5)
        with away(node):
            await asyncio.sleep(60)
            assert await node.states() == ["queued"]
        await asyncio.sleep(1.1)
        assert await node.states() == ["sent"]
        await asyncio.sleep(HOLD_MS / 1_000)
        assert len(toy.sent) == 1

    live(scenario)


@pytest.mark.parametrize(("doubt", "state"), [(Doubt.HOLD, "unknown"), (Doubt.RETRY, "sent")])
def test_if_it_stays_away_the_try_is_in_doubt(
    live: Callable[..., None], doubt: Doubt, state: str
) -> None:
    """Nobody remembers for ever: reclaiming finds it, and the channel says what doubt means."""
    toy = Toy(in_doubt=doubt)

    async def scenario(node: Node) -> None:
        await node.waiting(1)
        with away(node):
            node.worker.start()
            await asyncio.sleep(HOLD_MS / 1_000 + 10)
        await asyncio.sleep(20)
        assert await node.states() == [state]

    live(scenario, started=False, toy=toy)


def test_a_job_that_could_not_be_read_is_not_left_lying(live: Callable[..., None]) -> None:
    """Nobody is at it any more, and its hold goes on: it is found at the next look."""
    toy = Toy(in_doubt=Doubt.RETRY)

    async def scenario(node: Node) -> None:
        await node.waiting(1)
        unread = Unread(node.desk.store, node.desk.store.node)
        node.desk.outbound._store = unread  # type: ignore[assignment]
        node.worker.start()
        await asyncio.sleep(RECLAIM_MS / 1_000 + 5)
        assert unread.failed
        assert await node.states() == ["sent"]
        assert len(toy.sent) == 1

    live(scenario, started=False, toy=toy)


def test_a_heartbeat_that_fails_starts_again(live: Callable[..., None]) -> None:
    """Whatever it was; what it would have done is done later."""

    async def scenario(node: Node) -> None:
        (path,) = node.desk.store.data.parent.glob("desk.db")
        node.desk.store.on_commit.clear()
        steps = node.desk.dispatch.step
        failures = [RuntimeError("a bug"), OSError("a cable"), StoreUnavailable()]

        async def step() -> int | None:
            if failures:
                raise failures.pop()
            return await steps()

        node.desk.dispatch.step = step  # type: ignore[method-assign]
        node.worker.start()
        await node.desk.ask_in()
        await asyncio.sleep(20)
        assert failures == []
        assert path.exists()
        assert await node.desk.one("SELECT count(*) FROM work") == 1

    live(scenario, started=False)


# --- reclaiming ---


def test_tries_of_a_dead_process_are_settled_at_the_start(live: Callable[..., None]) -> None:
    """Claimed and never settled: in doubt at once, without waiting for the hold to run out."""

    async def died(node: Node) -> None:
        await node.waiting(1)
        assert await node.desk.claim() is not None

    async def born(node: Node) -> None:
        await asyncio.sleep(0.1)
        assert await node.states() == ["unknown"]
        assert await node.desk.rows("SELECT id FROM job") == []
        assert node.desk.toys["toy"].sent == []

    live(died, started=False)
    live(born)


def test_a_dead_process_in_doubt_is_asked_about(live: Callable[..., None]) -> None:
    """Where the provider can be asked; the answer settles it."""
    finder = Finder(in_doubt=Doubt.FIND)
    finder.finds.append("P7")

    async def died(node: Node) -> None:
        await node.waiting(1)
        assert await node.desk.claim() is not None

    async def born(node: Node) -> None:
        await asyncio.sleep(10)
        assert await node.states() == ["sent"]
        assert finder.sent == []

    live(died, started=False, toy=finder)
    live(born, toy=finder)


def test_an_automatic_reply_of_a_dead_process_is_made(live: Callable[..., None]) -> None:
    """Once, whether or not it had been written."""
    book = BOOK | {"templates": {"automatic": {"acknowledged": {}}}}

    async def died(node: Node) -> None:
        await node.desk.ask_in()
        claimed = await node.desk.claim(JobKind.AUTO_REPLY)
        assert claimed is not None
        await node.desk.automatic.answer(claimed)

    async def born(node: Node) -> None:
        await asyncio.sleep(3)
        assert await node.states() == ["sent"]
        assert await node.desk.rows("SELECT id FROM job") == []

    live(died, started=False, book=book)
    live(born, book=book)


def test_ones_own_running_sends_are_left_alone(live: Callable[..., None]) -> None:
    """Only after the hold is over does anybody doubt them."""

    async def scenario(node: Node) -> None:
        await node.waiting(1)
        assert await node.desk.claim() is not None
        node.worker.start()
        await asyncio.sleep(HOLD_MS / 1_000 - 1)
        assert await node.states() == ["queued"]
        await asyncio.sleep(RECLAIM_MS / 1_000 + 2)
        assert await node.states() == ["unknown"]

    live(scenario, started=False)


# --- polling ---


def test_a_poller_commits_and_knows_how_far_it_came(live: Callable[..., None]) -> None:
    """It is given the committed cursors; what its inlet returned from is stored."""

    async def fetch(turn: int, inlet: Inlet) -> None:
        await inlet(delivery(said("Hello", f"{turn}"), cursor=("INBOX", f"{turn}")))
        await asyncio.sleep(2)

    poller = Poller(fetch)

    async def scenario(node: Node) -> None:
        await asyncio.sleep(4)
        assert poller.polls[:2] == [{}, {"INBOX": "1"}]
        assert await node.desk.one("SELECT count(*) FROM message") >= 2

    live(scenario, toy=poller)


def test_a_poller_that_fails_comes_again_less_and_less_often(live: Callable[..., None]) -> None:
    """Doubling from a second to five minutes, with jitter; a long good run starts anew."""
    times: list[float] = []

    async def fail(turn: int, inlet: Inlet) -> None:
        times.append(asyncio.get_running_loop().time())
        if turn == 12:
            await asyncio.sleep(RESTART_LONGEST_MS / 1_000 + 1)
            times.append(asyncio.get_running_loop().time())
        raise RuntimeError("no server")

    poller = Poller(fail)

    async def scenario(node: Node) -> None:
        poll = node.worker._polls(node.desk.accounts["toy"], poller)
        beating = asyncio.create_task(node.worker._keep("poll", poll))
        await asyncio.sleep(4_000)
        beating.cancel()
        assert len(times) > 14

    live(scenario, started=False, toy=poller)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    del pauses[11]  # the good run
    expected = [min(2.0**n, 300) for n in range(11)] + [1.0, 2.0]
    for pause, most in zip(pauses, expected, strict=False):
        assert most / 2 - 0.01 <= pause <= most + 0.01, pauses
    assert len({round(pause / most, 3) for pause, most in zip(pauses, expected, strict=False)}) > 5


def test_a_poller_that_takes_something_in_comes_again_soon(live: Callable[..., None]) -> None:
    """A server that hangs up now and then, and hands out mails between, is no server that is away."""

    async def cut(turn: int, inlet: Inlet) -> None:
        await inlet(delivery(said("Hello", f"{turn}"), cursor=("INBOX", f"{turn}")))
        raise ConnectionError("it hung up")

    poller = Poller(cut)

    async def scenario(node: Node) -> None:
        await asyncio.sleep(60)
        assert len(poller.polls) >= 30, "every second at least"

    live(scenario, toy=poller)


def test_a_poller_does_not_go_on_past_what_was_not_committed(live: Callable[..., None]) -> None:
    """Its inlet raises when nothing could be stored; it starts again from the cursor."""

    async def fetch(turn: int, inlet: Inlet) -> None:
        await inlet(delivery(said("Hello", "1"), account="nowhere", cursor=("INBOX", "9")))
        raise AssertionError("the inlet let it pass")

    poller = Poller(fetch)

    async def scenario(node: Node) -> None:
        await asyncio.sleep(5)
        assert len(poller.polls) >= 3
        assert all(cursors == {} for cursors in poller.polls)

    live(scenario, toy=poller)


# --- what stands at providers ---


def test_what_is_arranged_is_arranged_at_the_start(live: Callable[..., None]) -> None:
    """While all else goes on; a provider that is away is asked again, less and less often."""
    away_at = {1: ConnectionError("no server"), 2: ConnectionError("no server")}
    arranger = Arranger(away_at.get)

    async def scenario(node: Node) -> None:
        await node.desk.reply(await node.desk.ask_in())
        await asyncio.sleep(0.4)
        assert arranger.turns == 1
        await asyncio.sleep(10)
        assert arranger.turns == 3
        assert await node.states() == ["sent"]
        await asyncio.sleep(2_000)
        assert arranger.turns == 3, "what stands is let be"

    live(scenario, toy=arranger)


def test_what_is_arranged_is_looked_at_when_a_rulebook_is_applied(
    live: Callable[..., None],
) -> None:
    """And what the provider refuses is not pressed upon it meanwhile."""
    arranger = Arranger(lambda _: Health(ok=False, detail="40018", what_to_do="shorten it"))

    async def scenario(node: Node) -> None:
        await asyncio.sleep(100)
        assert arranger.turns == 1
        book = Rulebook.model_validate(BOOK | {"skills": {"zh": {}}})
        await node.desk.store.submit(ApplyRulebook(content=book.to_json(), by="chen"))
        await asyncio.sleep(1)
        assert arranger.turns == 2

    live(scenario, toy=arranger)


def test_what_never_answers_holds_nobody_up(live: Callable[..., None]) -> None:
    """Neither messages nor the end."""
    arranger = Arranger(lambda _: 10_000.0)

    async def scenario(node: Node) -> None:
        await node.desk.reply(await node.desk.ask_in())
        await asyncio.sleep(5)
        assert await node.states() == ["sent"]
        started = asyncio.get_running_loop().time()
        await node.worker.stop()
        assert asyncio.get_running_loop().time() - started < 1

    live(scenario, toy=arranger)


# --- stopping ---


def test_stopping_waits_for_sends_that_run(live: Callable[..., None]) -> None:
    """They are settled; nothing new is claimed, nothing is decided after."""

    async def scenario(node: Node) -> None:
        toy = node.desk.toys["toy"]
        toy.answers.append(5.0)
        await node.waiting(1)
        await asyncio.sleep(0.5)
        started = asyncio.get_running_loop().time()
        await node.worker.stop()
        assert asyncio.get_running_loop().time() - started == pytest.approx(4.5, abs=0.1)
        assert await node.states() == ["sent"]
        await node.desk.reply(await node.desk.ask_in())
        head = node.desk.store.head()
        await asyncio.sleep(60)
        assert len(toy.sent) == 1
        assert node.desk.store.head() == head

    live(scenario)


def test_stopping_does_not_wait_for_ever(live: Callable[..., None]) -> None:
    """A send that hangs is given up as in doubt, within seconds."""
    toy = Toy(send_timeout_ms=600_000)
    toy.answers.append(500.0)

    async def scenario(node: Node) -> None:
        await node.waiting(1)
        await asyncio.sleep(0.5)
        started = asyncio.get_running_loop().time()
        await node.worker.stop()
        assert asyncio.get_running_loop().time() - started < 15

    async def born(node: Node) -> None:
        await asyncio.sleep(1)
        assert await node.states() == ["unknown"]

    live(scenario, toy=toy)
    live(born)
    assert len(toy.sent) == 1


def test_stopping_ends_pollers(live: Callable[..., None]) -> None:
    """They are cancelled where they wait."""
    ended: list[str] = []

    async def fetch(turn: int, inlet: Inlet) -> None:
        try:
            await asyncio.sleep(10_000)
        finally:
            ended.append("yes")

    async def scenario(node: Node) -> None:
        await asyncio.sleep(1)
        await node.worker.stop()
        assert ended == ["yes"]

    live(scenario, toy=Poller(fetch))


def test_a_try_in_doubt_comes_to_an_end(live: Callable[..., None]) -> None:
    """A provider that never answers is tried with pauses, and given up as unknown after its time."""
    toy = Toy(in_doubt=Doubt.RETRY, retry_for_ms=60_000)
    toy.answers += [InDoubt(detail="no answer")] * 1_000

    async def scenario(node: Node) -> None:
        await node.waiting(1)
        await asyncio.sleep(90)
        assert await node.states() == ["unknown"]
        assert 3 < len(toy.sent) < 20
        assert await node.desk.rows("SELECT id FROM job") == []

    live(scenario, toy=toy)
