"""What queueing theory says of waits, for the simulator to be held against. It knows no routing.

Rates are per any unit of time, waits are in that unit. All servers are alike, arrivals are Poisson,
service and patience are exponential, and who waits is served in the order of arrival.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, exp, log, pi, sqrt

LEAST_LOG = -60.0
"""States less likely than the likeliest by so much (a natural logarithm) count for nothing."""


@dataclass(frozen=True)
class Waits:
    """The mean wait of everybody who comes, and the share answered within a time."""

    mean: float
    answered_within: Callable[[float], float]
    abandoned: float = 0.0  # a share


def erlang_b(servers: int, load: float) -> float:
    """The share of calls lost where nobody can wait: Erlang 1917, by the usual recurrence.

    B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)); Cooper, Introduction to Queueing Theory, 1981, 3.5.
    """
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c_delayed(servers: int, load: float) -> float:
    """The share of calls that wait where everybody does: n B / (n - a (1 - B)); Cooper, 3.6."""
    assert load < servers
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1 - blocked))


def erlang_c(servers: int, arrivals: float, service: float) -> Waits:
    """M/M/n: who waits at all waits an exponential time of rate n mu - lambda."""
    delayed, slack = erlang_c_delayed(servers, arrivals / service), servers * service - arrivals
    return Waits(delayed / slack, lambda t: 1 - delayed * exp(-slack * t))


def erlang_a(servers: int, arrivals: float, service: float, impatience: float) -> Waits:
    """M/M/n+M: Palm 1957; Garnett, Mandelbaum and Reiman 2002.

    The chain of the number in the system gives the line, by Little's law the mean wait of all, and
    who abandons. Those who would wait for ever have a wait of density lambda P(n - 1)
    exp(lambda (1 - e^(-theta x)) / theta - n mu x): Zeltyn and Mandelbaum 2005.
    """
    assert impatience > 0
    states = _birth_death(
        arrivals,
        lambda n: min(n, servers) * service + max(0, n - servers) * impatience,
    )
    line = sum(max(0, n - servers) * share for n, share in enumerate(states))
    last_free = arrivals * states[servers - 1]

    def answered_at(x: float) -> float:
        hazard = arrivals * (1 - exp(-impatience * x)) / impatience - servers * service * x
        return last_free * exp(hazard - impatience * x)

    def within(t: float) -> float:
        return sum(states[:servers]) + _integral(answered_at, t)

    return Waits(line / arrivals, within, abandoned=impatience * line / arrivals)


def _birth_death(arrivals: float, leaving: Callable[[int], float]) -> list[float]:
    """Stationary shares of a chain that goes up at one rate, and down at that of its state."""
    weights, top, n = [0.0], 0.0, 0
    while weights[-1] > top + LEAST_LOG or arrivals > leaving(n + 1):
        n += 1
        weights.append(weights[-1] + log(arrivals) - log(leaving(n)))
        top = max(top, weights[-1])
    shares = [exp(weight - top) for weight in weights]
    return [share / sum(shares) for share in shares]


def _integral(function: Callable[[float], float], until: float, pieces: int = 2_000) -> float:
    """From 0, by Simpson's rule."""
    if until <= 0:
        return 0.0
    width = until / pieces
    inner = sum((4 if n % 2 else 2) * function(n * width) for n in range(1, pieces))
    return (function(0.0) + inner + function(until)) * width / 3


def priorities(servers: int, arrivals: Sequence[float], service: float) -> list[Waits]:
    """M/M/n with classes, the first goes first, nobody is interrupted: Kella and Yechiali 1985.

    While all servers are busy they are one that is n times as fast. A class finds as long a line of
    its own and of earlier classes as if there were no later ones, and is put off by a busy period
    of earlier ones for each of those. Means: Cobham 1954.
    """
    delayed = erlang_c_delayed(servers, sum(arrivals) / service)
    rate, upto = servers * service, 0.0
    found = []
    for arriving in arrivals:
        before, upto = upto, upto + arriving
        mean = delayed * rate / ((rate - before) * (rate - upto))
        found.append(Waits(mean, _within(delayed, rate, before, rate - upto)))
    return found


def _within(delayed: float, rate: float, before: float, slack: float) -> Callable[[float], float]:
    def later(s: complex) -> complex:
        """The transform of the share that waits for longer."""
        both = rate + before + s
        busy_period = (both - (both * both - 4 * rate * before) ** 0.5) / (2 * before or 1)
        put_off = s + before * (1 - busy_period)
        return delayed * (1 - slack / (slack + put_off)) / s

    return lambda t: 1 - _inverted(later, t)


def _inverted(transform: Callable[[complex], complex], t: float) -> float:
    """A function from its Laplace transform: Abate and Whitt 1995, the Euler algorithm.

    Trapezoids of the Bromwich integral with Euler's summation; the error is about 1e-8.
    """
    a, terms, more = 18.4, 30, 11

    def partial(n: int) -> float:
        total = transform(complex(a / (2 * t), 0)).real / 2
        for k in range(1, n + 1):
            total += (-1) ** k * transform(complex(a, 2 * k * pi) / (2 * t)).real
        return total * exp(a / 2) / t

    return sum(comb(more, k) * partial(terms + k) for k in range(more + 1)) / 2**more


def standard_error(values: Sequence[float]) -> float:
    """Of the mean of values that do not depend on each other."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))
