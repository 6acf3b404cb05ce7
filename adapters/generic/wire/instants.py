"""Instants as providers write them."""

from datetime import UTC, datetime
from typing import Any

from gateway.domain.clock import SECOND_MS

# What is later than year 5138 in seconds is milliseconds: after 3 March 1973.
_SECONDS_BELOW = 100_000_000_000
_LATEST_MS = 253_402_300_799_999  # the end of year 9999


def instant(value: Any) -> int | None:
    """Milliseconds since 1970 UTC: of seconds or milliseconds, as number or text, or RFC 3339."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    except (TypeError, ValueError):
        return _of_words(value) if isinstance(value, str) else None
    if not 0 < number <= _LATEST_MS:  # neither is NaN
        return None
    return round(number * SECOND_MS) if number < _SECONDS_BELOW else round(number)


def _of_words(text: str) -> int | None:
    """Without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(text.strip()[:40])
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        found = round(at.timestamp() * SECOND_MS)
    except (OverflowError, ValueError):
        return None
    return found if 0 < found <= _LATEST_MS else None
