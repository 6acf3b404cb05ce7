"""The picture of a replay: how long customers waited in two runs, as an SVG of two curves."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import log
from typing import NamedTuple
from xml.sax.saxutils import escape

from routing.figures import nearest_rank

WIDTH, HEIGHT = 920, 480
LEFT, RIGHT, TOP, BOTTOM = 64, 892, 144, 424
SHARES = (0, 25, 50, 75, 90, 100)
MARKED = 90  # percent
LEAST_MS = 1_000  # the left edge: who waited less, waited so long
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
TICKS = (
    *(SECOND * n for n in (1, 2, 5, 10, 20, 30)),
    *(MINUTE * n for n in (1, 2, 5, 10, 20, 30)),
    *(HOUR * n for n in (1, 2, 4, 8)),
    *(DAY * n for n in (1, 2, 4, 7, 14, 30, 90, 365)),
)
APART_PX = 52  # between two words on the axis


class Curve(NamedTuple):
    """One run: how it is drawn, what it is called, and its waits in order, ms."""

    style: str
    name: str
    waits: Sequence[int]


class Words(NamedTuple):
    """What the picture says, in one language."""

    title: str
    meaning: str
    share: str
    wait: str
    in_force: str
    proposed: str
    within: str
    nobody: str
    units: tuple[str, str, str, str]


WORDS = {
    "en": Words(
        title="How long customers waited",
        meaning="{pieces} pieces of work, {since} to {until}; further left and higher is better",
        share="share of customers",
        wait="waited at most",
        in_force="in force:",
        proposed="proposed:",
        within="half within {p50}, 90 % within {p90}, 99 % within {p99}",
        nobody="nobody waited",
        units=(" s", " min", " h", " d"),
    ),
    "zh": Words(
        title="客户等了多久",
        meaning="{pieces} 件工单，{since} 至 {until}；曲线越靠左、越高越好",
        share="客户占比",
        wait="等待不超过",
        in_force="现行规则：",
        proposed="拟用规则：",
        within="一半在 {p50}内，90% 在 {p90}内，99% 在 {p99}内",
        nobody="无人等待",
        units=(" 秒", " 分钟", " 小时", " 天"),
    ),
}

STYLE = """
    .paper { fill: #ffffff } .line { stroke: #d5dbe3 }
    .mark { stroke: #8893a1; stroke-dasharray: 2 4 }
    text { font: 13px system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; fill: #1f2937 }
    .head { font-size: 17px; font-weight: 600 } .small { font-size: 12px; fill: #55606e }
    .now { stroke: #b45309; stroke-dasharray: 7 4 } .then { stroke: #0b63ce }
    .now, .then { fill: none; stroke-width: 2.2; stroke-linejoin: round }
    .between { fill: #0b63ce; opacity: .1 }
    .dot-now { fill: #b45309 } .dot-then { fill: #0b63ce }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d1117 } .line { stroke: #2c3542 } .mark { stroke: #6d7886 }
      text { fill: #e6edf3 } .small { fill: #a2adba }
      .now { stroke: #f0a35e } .then { stroke: #6aabf7 } .between { fill: #6aabf7; opacity: .14 }
      .dot-now { fill: #f0a35e } .dot-then { fill: #6aabf7 }
    }"""


SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    ' aria-labelledby="t d">'
)


def words_of(locale: str) -> Words:
    """Chinese for those who read it, English for everybody else."""
    return WORDS["zh" if locale.lower().startswith("zh") else "en"]


def picture(
    in_force: Sequence[int], proposed: Sequence[int], locale: str, since: str, until: str
) -> str:
    """The share of customers who waited no longer than each time, on a scale of logarithms."""
    words = words_of(locale)
    curves = (
        Curve("now", words.in_force, sorted(in_force)),
        Curve("then", words.proposed, sorted(proposed)),
    )
    meaning = words.meaning.format(pieces=len(in_force), since=since, until=until)
    drawn = (
        *_head(words, meaning),
        *_axes(words, _longest(curves)),
        *_between(curves),
        *(line for curve in curves for line in _curve(curve, _longest(curves))),
        *(line for n, curve in enumerate(curves) for line in _legend(curve, words, n)),
    )
    return "\n".join(
        (
            SVG,
            f'  <title id="t">{escape(words.title)}</title>',
            f'  <desc id="d">{escape(_described(curves, words, meaning))}</desc>',
            f"  <style>{STYLE}\n  </style>",
            *(f"  {line}" for line in drawn),
            "</svg>\n",
        )
    )


def _described(curves: Sequence[Curve], words: Words, meaning: str) -> str:
    return "\n".join((meaning, *(f"{curve.name} {_within(curve, words)}" for curve in curves)))


def _head(words: Words, meaning: str) -> Iterator[str]:
    yield f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="10"/>'
    yield f'<text class="head" x="24" y="32">{escape(words.title)}</text>'
    yield f'<text class="small" x="24" y="54">{escape(meaning)}</text>'


def _legend(curve: Curve, words: Words, row: int) -> Iterator[str]:
    y = 82 + 22 * row
    yield f'<line class="{curve.style}" x1="24" y1="{y - 4}" x2="58" y2="{y - 4}"/>'
    yield f'<text x="68" y="{y}">{escape(f"{curve.name} {_within(curve, words)}")}</text>'


def _within(curve: Curve, words: Words) -> str:
    if not curve.waits:
        return words.nobody
    times = {f"p{p}": spoken(nearest_rank(curve.waits, p) or 0, words) for p in (50, 90, 99)}
    return words.within.format(**times)


# --- scales ---


def _longest(curves: Sequence[Curve]) -> int:
    """The right edge: the first tick that nobody waited beyond."""
    longest = max((curve.waits[-1] for curve in curves if curve.waits), default=0)
    found = bisect_left(TICKS, max(longest, TICKS[1]))
    return TICKS[min(found, len(TICKS) - 1)]


def _x(ms: int, longest: int) -> float:
    passed = log(min(max(ms, LEAST_MS), longest) / LEAST_MS) / log(longest / LEAST_MS)
    return round(LEFT + passed * (RIGHT - LEFT), 1)


def _y(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 1)


def _axes(words: Words, longest: int) -> Iterator[str]:
    for percent in SHARES:
        y = _y(percent / 100)
        style = "mark" if percent == MARKED else "line"
        yield f'<line class="{style}" x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}"/>'
        yield f'<text class="small" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{percent}%</text>'
    last = 0.0
    for tick in (t for t in TICKS if t <= longest):
        x = _x(tick, longest)
        if last and x - last < APART_PX:
            continue
        last = x
        yield f'<line class="line" x1="{x}" y1="{TOP}" x2="{x}" y2="{BOTTOM}"/>'
        word = escape(spoken(tick, words))
        yield f'<text class="small" x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{word}</text>'
    yield f'<text class="small" x="{LEFT - 8}" y="{TOP - 10}">{escape(words.share)}</text>'
    middle, below = (LEFT + RIGHT) // 2, BOTTOM + 44
    yield f'<text class="small" x="{middle}" y="{below}" text-anchor="middle">{words.wait}</text>'


# --- curves ---


def _points(curve: Curve, longest: int) -> list[tuple[float, float]]:
    """A point for each two pixels: the share of those who waited no longer."""
    count = len(curve.waits)
    steps = range(LEFT, RIGHT + 1, 2)
    grown = [LEAST_MS * (longest / LEAST_MS) ** ((x - LEFT) / (RIGHT - LEFT)) for x in steps]
    return [
        (x, _y(bisect_right(curve.waits, ms) / count)) for x, ms in zip(steps, grown, strict=True)
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " ".join(f"{x:g},{y:g}" for x, y in points)


def _curve(curve: Curve, longest: int) -> Iterator[str]:
    if not curve.waits:
        return
    yield f'<path class="{curve.style}" d="{_path(_points(curve, longest))}"/>'
    x = _x(nearest_rank(curve.waits, MARKED) or 0, longest)
    yield f'<circle class="dot-{curve.style}" cx="{x}" cy="{_y(MARKED / 100)}" r="5"/>'


def _between(curves: Sequence[Curve]) -> Iterator[str]:
    """What lies between the curves is what changes."""
    first, second = curves
    if first.waits and second.waits:
        longest = _longest(curves)
        around = [*_points(first, longest), *reversed(_points(second, longest))]
        yield f'<path class="between" d="{_path(around)}Z"/>'


def spoken(ms: int, words: Words) -> str:
    """A wait in its own unit, as nobody needs it more exactly: 41 s, 6.5 min, 2 h."""
    for unit, name in zip((DAY, HOUR, MINUTE), reversed(words.units[1:]), strict=True):
        if ms >= unit:
            tenths = round(10 * ms / unit) / 10
            return f"{tenths:g}{name}"
    return f"{round(ms / SECOND)}{words.units[0]}"
