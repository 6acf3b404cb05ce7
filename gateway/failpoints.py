"""Named places where a test may make the process fail; off unless PARLEY_FAILPOINTS is set.

`PARLEY_FAILPOINTS="accept.after_commit=exit;settle.before_commit=raise@3"`: an action per name,
with `@n` from the n-th hit only. Every durable transition has one before and one after.
"""

import os
import signal
from collections import Counter

FAILPOINTS = (
    "accept.before_commit",
    "accept.after_commit",
    "write.before_commit",
    "write.after_commit",
    "claim.before_commit",
    "claim.after_commit",
    "send.before",
    "send.after",
    "settle.before_commit",
    "settle.after_commit",
    "decide.before_commit",
    "decide.after_commit",
    "apply.before_commit",
    "apply.after_commit",
)


class FailpointHit(Exception):
    """A test asked for a failure here."""


def _parse(text: str) -> dict[str, tuple[str, int]]:
    out: dict[str, tuple[str, int]] = {}
    for item in filter(None, text.split(";")):
        name, _, action = item.partition("=")
        action, _, nth = action.partition("@")
        if name not in FAILPOINTS or action not in ("exit", "raise", "stop"):
            raise ValueError(f"PARLEY_FAILPOINTS: {item!r} is not <failpoint>=exit|raise|stop[@n]")
        out[name] = (action, int(nth or 1))
    return out


_ARMED = _parse(os.environ.get("PARLEY_FAILPOINTS", ""))
_hits: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Fail here if a test armed this point."""
    if not _ARMED or name not in _ARMED:
        return
    action, nth = _ARMED[name]
    _hits[name] += 1
    if _hits[name] < nth:
        return
    if action == "exit":
        os._exit(137)
    if action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
        return
    raise FailpointHit(name)
