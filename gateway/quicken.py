"""Tunes the process of a node that has started: garbage, threads, pages of memory.

Python goes from object to object all over its memory. Each page that it has not looked at lately
costs a walk through the page tables, twice as long in a virtual machine; in pages of 2 MiB there
are few of them. Linux mostly gives those only to who asks, and neither Python nor glibc does.
See docs/adr/0032.
"""

import ctypes
import gc
import mmap
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

GC_THRESHOLDS = (10_000, 20, 20)  # rarely: rows and events are not among what it looks through
SWITCH_S = 0.0005
GATHER_S = 30.0
AS_LONG = 9  # times: one after the other, they would stop all of it for a quarter of a second

PAGE = 4_096
HUGE = 2 * 2**20
FULL = 0.9  # of the pages: what is half empty would take more memory than before
MADV_COLLAPSE = 25  # of Linux 6.1: into huge pages, now
ALLOWED = Path("/sys/kernel/mm/transparent_hugepage/enabled")

Collapse = Callable[[int], bool]


def quicken() -> None:
    """Short pauses matter more than tidiness.

    A full collection looks at everything that lives; what the start made lives to the end anyway.
    The thread that commits must not wait long for the event loop to let go of the interpreter.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    sys.setswitchinterval(SWITCH_S)
    threading.Thread(target=_gather_for_ever, name="huge-pages", daemon=True).start()


def _gather_for_ever() -> None:
    """What a desk keeps in mind grows for a while after each start."""
    collapse = collapser()
    rest = threading.Event()
    with suppress(OSError):  # no Linux, one that is too old, or one that shows no process its pages
        while collapse is not None:
            gather(collapse, rest.wait)
            rest.wait(GATHER_S)


def collapser() -> Collapse | None:
    """What makes a huge page of the small ones at an address, and tells whether it did.

    None where the machine has none of this size, or whoever keeps it wants none.
    """
    if mmap.PAGESIZE != PAGE or not ALLOWED.exists() or "[never]" in ALLOWED.read_text():
        return None
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return lambda start: madvise(start, HUGE, MADV_COLLAPSE) == 0


def gather(collapse: Collapse, wait: Callable[[float], object]) -> int:
    """Make huge pages of the small ones that are all in use; how many there are now.

    The process gets no memory while one is made, 5 ms mostly: it goes on for AS_LONG in between.
    """
    gathered = 0
    with Path("/proc/self/pagemap").open("rb", buffering=0) as pagemap:
        for start in _candidates():
            pagemap.seek(start // PAGE * 8)
            entries = array("Q", pagemap.read(HUGE // PAGE * 8))
            in_use = sum(entry >> 63 for entry in entries)
            if in_use >= FULL * len(entries):
                begun = time.monotonic()
                gathered += collapse(start)
                wait(AS_LONG * (time.monotonic() - begun))
    return gathered


def _candidates() -> Iterator[int]:
    """Where a huge page would lie in memory that is no file's."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights, _, _, inode, *name = line.split()
        if rights.startswith("rw") and inode == "0" and name in ([], ["[heap]"]):
            begin, end = (int(address, 16) for address in place.split("-"))
            yield from range(-(-begin // HUGE) * HUGE, end // HUGE * HUGE, HUGE)
