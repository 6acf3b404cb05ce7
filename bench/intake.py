"""Signed SMS to committed 200, against a bare handler that checks the signature and keeps nothing.

Both servers are one process with uvloop; the load comes from another process and takes its share
of the same cores. Rounds alternate, so that a noisy machine disturbs both alike.
"""

from statistics import median

from bench._desk import Bare, Desk, bare_server, cpu_s, desk
from bench._report import Report, main, percentile

CONNECTIONS = 64
LONE_RATE = 25.0  # a second: each message finds the node idle

LEAST_OF_BARE = 0.4
MOST_ABOVE_MS = 3.0


async def run(report: Report) -> None:
    """Saturation, then one message at a time."""
    async with desk(report) as made, bare_server() as bare:
        await saturation(report, made, bare)
        await lone(report, made, bare)


async def saturation(report: Report, made: Desk, bare: Bare) -> None:
    """As many as are answered, by each in turn."""
    rounds, count = report.size(16, 1), report.size(2_500, 2_500)
    ratios, ours, theirs = [], [], []
    own_us, raw_us, worst_ms = [], [], []
    with report.progress("at saturation", rounds) as advance:
        for _ in range(rounds):
            await made.rests()
            used = cpu_s(bare.process.pid)
            raw = await made.load(bare.port, 2 * count, CONNECTIONS)
            raw_us.append((cpu_s(bare.process.pid) - used) / (2 * count) * 1e6)
            theirs.append(2 * count / raw.seconds)
            used = cpu_s(made.node.pid)
            own = await made.load(made.node.port, count, CONNECTIONS)
            own_us.append((cpu_s(made.node.pid) - used) / count * 1e6)
            ours.append(count / own.seconds)
            ratios.append(ours[-1] / theirs[-1])
            worst_ms.append(percentile(own.latencies_ms, 0.99))
            advance(1)
    report.figure("messages committed at saturation", median(ours), "/s", raw=median(theirs))
    report.figure("of the bare handler", median(ratios), "of raw", least=LEAST_OF_BARE)
    report.figure("processor time a message", median(own_us), "us", raw=median(raw_us))
    report.figure("99 of 100 are answered within", median(worst_ms), "ms")


async def lone(report: Report, made: Desk, bare: Bare) -> None:
    """A message that finds everything idle."""
    count = report.size(400, 100)
    with report.progress("one at a time", 2) as advance:
        raw = await made.load(bare.port, count, 1, LONE_RATE)
        advance(1)
        own = await made.load(made.node.port, count, 1, LONE_RATE)
        advance(1)
    raw_ms, own_ms = median(raw.latencies_ms), median(own.latencies_ms)
    report.figure("a lone message, median", own_ms, "ms", raw=raw_ms)
    report.figure("above the bare handler", own_ms - raw_ms, "ms", most=MOST_ABOVE_MS)


if __name__ == "__main__":
    main(run)
