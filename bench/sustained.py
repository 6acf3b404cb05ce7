"""A thousand messages a second for a minute: none lost, none twice, none out of order."""

import re
from itertools import pairwise

from bench._desk import Desk, desk
from bench._report import Report, main, percentile
from bench._twilio import sender

RATE = 1_000.0
CONNECTIONS = 64
LEAST_OF_RATE = 0.99
_NUMBER = re.compile(r"\d+")


async def run(report: Report) -> None:
    """Bring them, then look at every one."""
    async with desk(report) as made:
        first, count = made.next, int(RATE * report.size(60, 5))
        with report.progress("a thousand a second", 1) as advance:
            result = await made.load(made.node.port, count, CONNECTIONS, RATE)
            advance(1)
        lost, doubled, disordered = compared(made, range(first, first + count))
        await made.node.stop()
        await made.node.audit()
    rate = count / result.seconds
    report.figure("messages taken", rate, "/s", least=LEAST_OF_RATE * RATE)
    report.figure("99 of 100 are answered within", percentile(result.latencies_ms, 0.99), "ms")
    report.figure("messages brought", count, "messages", note="`parley audit` finds nothing")
    report.figure("lost", lost, "messages", most=0)
    report.figure("stored twice", doubled, "messages", most=0)
    report.figure("out of order", disordered, "messages", most=0)


def compared(made: Desk, numbers: range) -> tuple[int, int, int]:
    """Lost, doubled, out of order: what was acknowledged against what is stored.

    A customer's next message follows seconds after the one before, which is answered by then.
    """
    said: dict[str, list[int]] = {}
    for number in numbers:
        said.setdefault(sender(number), []).append(number)
    stored: dict[str, list[int]] = {}
    for identity, text in made.rows(
        "SELECT identity, text FROM message WHERE direction = 'in' ORDER BY conversation, seq"
    ):
        number = int(_NUMBER.match(text).group())  # type: ignore[union-attr]
        if number in numbers:
            stored.setdefault(identity.removeprefix("tel:"), []).append(number)
    lost = sum(len(set(theirs) - set(stored.get(who, ()))) for who, theirs in said.items())
    doubled = sum(len(theirs) - len(set(theirs)) for theirs in stored.values())
    disordered = sum(a > b for theirs in stored.values() for a, b in pairwise(theirs))
    return lost, doubled, disordered


if __name__ == "__main__":
    main(run)
