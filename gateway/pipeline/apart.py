"""Processes of our own that work apart from this one: within limits, and with no secret of ours.

`started` and `answer_of` are for who asks. `confine` is the first thing that the process does.
"""

import asyncio
import os
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

PIPE_BYTES = 1024 * 1024  # that are read ahead of its answer


async def started(module: str, *words: str) -> Process:
    """A process that runs `main` of a module, with words in sys.argv. Raises OSError."""
    command = f"from {module} import main; main()"
    entries = os.pathsep.join(entry for entry in sys.path if entry)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", command, *words),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"PYTHONPATH": entries, "PYTHONUTF8": "1"},  # and no secret of ours
        limit=PIPE_BYTES,
    )


async def answer_of(module: str, timeout_s: float, *words: str, asked: bytes = b"") -> bytes | None:
    """What a process says that ends with its answer; None for one that did not end well, or in
    time. Raises OSError.
    """
    process = await started(module, *words)
    try:
        async with asyncio.timeout(timeout_s):
            said, _ = await process.communicate(asked)
    except (TimeoutError, RuntimeError):  # the latter is uvloop's, of a process that is gone
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said if process.returncode == 0 else None


def confine(*, memory_bytes: int, cpu_s: int | None = None, file_bytes: int | None = None) -> None:
    """Let this process have so much, and leave no core. None: as much as it likes."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: file_bytes,
    }
    for limit, most in limits.items():
        if most is not None:
            resource.setrlimit(limit, (most, most))
