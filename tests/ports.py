"""Ports for servers whose address has to be known before they listen."""

import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice

HOST = "127.0.0.1"

# Below what the system gives to outgoing connections and to whoever asks for any port (from 32,768
# on), so that nobody is given one between its choice and its use.
FIRST = 12_000
EACH = 2_500  # of one worker's own
WORKERS = 8


def _ports() -> Iterator[int]:
    """This worker's, one after another: none comes again before all have been."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % WORKERS
    own = range(FIRST + worker * EACH, FIRST + (worker + 1) * EACH)
    return islice(cycle(own), random.SystemRandom().randrange(EACH), None)


_OWN = _ports()


def free_port() -> int:
    """A port on which nobody listens, and which nobody else is told of."""
    for port in _OWN:
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
    raise AssertionError


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections, and is nobody else's meanwhile."""
    with socket.socket() as held:
        held.bind((HOST, 0))
        yield held.getsockname()[1]
