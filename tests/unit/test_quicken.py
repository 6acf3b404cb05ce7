"""Memory in huge pages: what is full is gathered, what is not stays small."""

import ctypes
import mmap
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.quicken import HUGE, PAGE, collapser, gather

ROOM = 4 * HUGE  # of which three lie whole between the edges of huge pages


@contextmanager
def memory(used: int) -> Iterator[int]:
    """So much of some memory of its own is in use; its address."""
    with mmap.mmap(-1, ROOM, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as room:
        for place in range(0, ROOM, HUGE):
            for page in range(place, place + used, PAGE):
                room[page] = 1
        held = ctypes.c_char.from_buffer(room)
        yield ctypes.addressof(held)
        del held


def huge_kib(address: int) -> int:
    """How much of the memory round an address lies in huge pages, KiB."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if place := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            begin, end = (int(each, 16) for each in place.groups())
            inside = begin <= address < end
        elif inside and line.startswith("AnonHugePages:"):
            return int(line.split()[1])
    raise AssertionError(f"no memory at {address:x}")


def no_wait(_seconds: float) -> None:
    """Nothing else goes on here."""


def test_the_rest_goes_on_in_between() -> None:
    """For nine times as long as one was made: all of them at once would be felt."""
    told: list[str | float] = []

    def collapse(_start: int) -> bool:
        begun = time.monotonic()
        while time.monotonic() == begun:
            pass
        told.append("made")
        return True

    with memory(HUGE):
        gather(collapse, told.append)
    assert len(told) >= 6
    assert told[::2] == ["made"] * (len(told) // 2)
    assert all(isinstance(rest, float) and rest > 0 for rest in told[1::2])


@pytest.mark.parametrize(("used", "gathered"), [(HUGE, True), (HUGE // 2, False)])
def test_what_is_full(used: int, gathered: bool) -> None:
    """Nothing that is half empty is filled up: it would take more memory than before."""
    asked: list[int] = []
    with memory(used) as address:
        gather(lambda start: not asked.append(start), no_wait)
        inside = [start for start in asked if address <= start < address + ROOM]
    assert len(inside) >= 3 if gathered else not inside


def test_huge_pages() -> None:
    """The system makes huge pages of them, where it has any."""
    collapse = collapser()
    if collapse is None:
        pytest.skip("the machine gives no huge pages")
    with memory(HUGE) as address:
        if not gather(collapse, no_wait):
            pytest.skip("the system is older than Linux 6.1, or has none to give")
        assert huge_kib(address) >= 3 * HUGE // 1024
