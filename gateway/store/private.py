"""What is written here is for its owner alone, whichever command writes it first."""

import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_IMODE

import structlog

log = structlog.get_logger(__name__)

OTHERS = 0o077  # file mode: anybody but its owner


def write_privately() -> None:
    """From now on this process makes every file and folder for its owner alone."""
    os.umask(OTHERS)


def make_private(places: Iterable[Path]) -> None:
    """Take from everybody else what an earlier run let them do; what is not ours is told."""
    for place in places:
        try:
            mode = S_IMODE(place.stat().st_mode)
            if mode & OTHERS:
                place.chmod(mode & ~OTHERS)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning(
                "can be read by others",
                path=str(place),
                why=error.strerror,
                what_to_do="chmod go-rwx it, as its owner",
            )
