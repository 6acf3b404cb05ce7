"""Units that people write: durations as `30s` or `24h`, sizes as `20MiB`, time zones by name."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from gateway.domain.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

_DURATIONS = {"ms": 1, "s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_SIZES = {
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
_LONGEST_MS = 3_650 * DAY_MS
_LARGEST_BYTES = 2**40


def parse_duration(text: str) -> int:
    """Milliseconds of `30s`, `1h30m`, `2d`; ValueError says how to write it."""
    return _sum_of(text, _DURATIONS, _LONGEST_MS, "a duration", "30s, 5m, 24h or 2d")


def format_duration(ms: int) -> str:
    """The shortest exact way to write it, days only from two on."""
    if ms == 0:
        return "0s"
    for unit in ("d", "h", "m", "s"):
        whole, rest = divmod(ms, _DURATIONS[unit])
        if not rest and whole >= (2 if unit == "d" else 1):
            return f"{whole}{unit}"
    return f"{ms}ms"


def parse_size(text: str) -> int:
    """Bytes of `20MiB` or `500kB`; ValueError says how to write it."""
    return _sum_of(text, _SIZES, _LARGEST_BYTES, "a size", "500kB or 20MiB")


def format_size(size: int) -> str:
    """The shortest exact way to write it."""
    for unit in ("GiB", "MiB", "KiB"):
        whole, rest = divmod(size, _SIZES[unit])
        if whole and not rest:
            return f"{whole}{unit}"
    return f"{size}B"


def _sum_of(text: str, units: Mapping[str, int], most: int, noun: str, like: str) -> int:
    if text == "0":
        return 0
    parts = re.findall(r"([0-9]{1,15})([A-Za-z]+)", text)
    if not parts or "".join(n + u for n, u in parts) != text.replace(" ", ""):
        raise ValueError(f"is not {noun}; write it as {like}")
    unknown = [unit for _, unit in parts if unit not in units]
    if unknown:
        raise ValueError(f"has the unknown unit {unknown[0]!r}; write it as {like}")
    total = sum(int(number) * units[unit] for number, unit in parts)
    if total > most:
        raise ValueError(f"is too much; {noun} is at most {most} {next(iter(units))}")
    return total


def _from_text(value: Any, parse: Any, like: str) -> Any:
    """Text is parsed; of numbers only 0 needs no unit."""
    if isinstance(value, str):
        return parse(value)
    if type(value) is int and value:
        raise ValueError(f"has no unit; write it as {like}")
    return value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # absent, ill-formed, or a folder of zones
        raise ValueError(f"{name!r} is no time zone; write one like Asia/Shanghai") from None
    return name


Duration = Annotated[
    int,
    BeforeValidator(lambda value: _from_text(value, parse_duration, "30s or 5m")),
    PlainSerializer(format_duration, return_type=str),
]
"""Milliseconds, written as `30s`."""

Size = Annotated[
    int,
    BeforeValidator(lambda value: _from_text(value, parse_size, "20MiB")),
    PlainSerializer(format_size, return_type=str),
]
"""Bytes, written as `20MiB`."""

Zone = Annotated[str, AfterValidator(_zone)]
"""A time zone by its IANA name."""


def listed(value: Any) -> Any:
    """What may stand alone instead of in a list."""
    return [value] if isinstance(value, str | int | float) else value


Words = Annotated[tuple[str, ...], BeforeValidator(listed)]
"""One word or a list of them."""
