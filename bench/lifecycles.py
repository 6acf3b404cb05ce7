"""Whole lives of work, each decision committed, beside the engine that commits nothing.

A life is arrival, offer, accept, end and the end of the wrap-up. What the engine decides of a batch
of inputs goes to the store in one transaction, as the desk's owner does it, on SQLite with
synchronous=FULL. Reading the facts that bring the inputs is not in it.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from bench._report import Report, main
from gateway.domain.clock import SystemClock
from gateway.pipeline.ledger import Ledger
from gateway.pipeline.saying import decision_of
from gateway.store import Store
from gateway.verbs.work import Decide, TakeLease
from routing import events, inputs
from routing.engine import Engine
from routing.plan import AgentPlan, ChannelPlan, Plan, QueuePlan, Wrapup, WrapupMode

AGENTS = 100
IN_A_COMMIT = 100  # lives; with their inputs, about what one transaction of the owner takes
LEASE_MS = 3_600_000
LEAST_A_SECOND = 3_000
PLAN = Plan(
    channels=(ChannelPlan(id="chat"),),
    queues=(QueuePlan(id="q", wrapup={"chat": Wrapup(mode=WrapupMode.MANDATORY)}),),
    agents=tuple(AgentPlan(id=f"a{n:03}", queues={"q": 1}) for n in range(AGENTS)),
    default_queue="q",
)


class Lives:
    """An engine, and work that goes through it from its arrival to its end."""

    def __init__(self) -> None:
        self.engine = Engine(PLAN)
        self.made = self.at = 0
        for agent in PLAN.agents:
            self.engine.apply(
                inputs.AgentPresence(at=self.at, agent=agent.id, presence="available")
            )
        self.engine.drain_touched()

    def live(self, number: int) -> Iterator[tuple[events.Event, ...]]:
        """So many lives one after another: what the engine says to each input."""
        for _ in range(number):
            self.made += 1
            self.at += 10
            at, work = self.at, f"w{self.made:08}"
            told = self.engine.apply(
                inputs.WorkArrived(at=at, work=work, conversation=work, channel="chat", queue="q")
            )
            yield told
            offer = next(event for event in told if isinstance(event, events.OfferCreated))
            agent = offer.agent
            yield self.engine.apply(inputs.OfferAccepted(at=at, offer=offer.offer, agent=agent))
            yield self.engine.apply(inputs.WorkEnded(at=at, work=work, agent=agent))
            yield self.engine.apply(inputs.WrapupEnded(at=at, work=work, agent=agent))


async def run(report: Report) -> None:
    """Batches with and without a commit by turns, so that a noisy machine disturbs both alike."""
    batches = report.size(300, 30)
    alone, kept = Lives(), Lives()
    alone_s = kept_s = wall_s = 0.0
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as directory:
        store = await _store(Path(directory))
        try:
            epoch = await store.submit(TakeLease(node=store.node, lease_ms=LEASE_MS))
            with report.progress("lives", batches) as advance:
                for _ in range(batches):
                    used = time.process_time()
                    for _told in alone.live(IN_A_COMMIT):
                        pass
                    alone.engine.drain_touched()
                    alone_s += time.process_time() - used
                    used, begun = time.process_time(), time.perf_counter()
                    await _commit(store, epoch, kept)
                    kept_s += time.process_time() - used
                    wall_s += time.perf_counter() - begun
                    advance(1)
        finally:
            await store.close()
    lives = batches * IN_A_COMMIT
    rate, raw = lives / kept_s, lives / alone_s
    report.figure("whole lives, committed", lives / wall_s, "/s", least=LEAST_A_SECOND)
    report.figure("whole lives a CPU second", rate, "/s", raw=raw, least=LEAST_A_SECOND)
    report.figure("of the engine alone", rate / raw, "of raw")


async def _store(directory: Path) -> Store:
    return await Store.open(
        f"sqlite:///{directory / 'parley.sqlite3'}",
        data=directory,
        desk="bench",
        node="bench",
        clock=SystemClock(),
        random=Random(7),
    )


async def _commit(store: Store, epoch: int, lives: Lives) -> None:
    """Live a batch; its rows and decisions go to the disk together."""
    ledger = Ledger(store.desk, store.new_id)
    for told in lives.live(IN_A_COMMIT):
        ledger.take(lives.engine, lives.at)
        for event in told:
            if isinstance(event, events.OfferCreated):
                ledger.note_why(event)
            decision = decision_of(event, 1)
            if decision is not None:
                ledger.decide(decision, None, None)
    rows, decisions = ledger.drain()
    await store.submit(Decide(epoch=epoch, applied=0, rows=rows, decisions=decisions))


if __name__ == "__main__":
    main(run)
