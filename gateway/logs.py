"""Logs: structlog set up once, ids of the request and conversation at hand, secrets redacted.

Redaction works on every value before it is rendered, and once more on the finished line, so that
nothing gets past it: not a secret inside an exception, not one that somebody else's library logs.
"""

import json
import logging
import re
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

# Where structlog finds rich, it loads it and Pygments to colour tracebacks: 3 MB of every node's
# memory and a quarter of a second of its start. So rich is out of sight until structlog is loaded,
# and so are greenlets, which nobody here has: another MB where some tool has brought them along.
_hidden = [name for name in ("rich", "greenlet") if name not in sys.modules]
for _name in _hidden:
    sys.modules[_name] = None  # type: ignore[assignment]
import structlog  # noqa: E402
from structlog.contextvars import bound_contextvars, merge_contextvars  # noqa: E402
from structlog.typing import EventDict, Processor  # noqa: E402

for _name in _hidden:
    del sys.modules[_name]

REDACTED = "[redacted]"
SHORT_SECRET = 6  # characters; a shorter one is redacted only where it stands alone
MAX_VALUE = 16_000  # characters
MAX_DEPTH = 8

# What is secret by where it stands, whatever its value. Group 1 is kept.
_BY_PLACE = re.compile(
    r"""(
      \bauthorization\b ["']? \s* [:=,] \s* ["']? (?: (?:basic|bearer|digest|visitor) \s+ )?
    | \b(?:basic|bearer) \s+ (?= [A-Za-z0-9+/_.=~-]{8,} ) (?= [^\s\d=]* [\d=] | \S{24,} )
    | \b(?:set-)?cookie ["']? \s* [:=,] \s* ["']?
    | [?&;] (?: access_token | auth_token | token | api_?key | key | secret | signature | sig
              | password | passwd | pwd | code | hub\.verify_token ) =
    | :// [^\s/:@"']* : (?= [^\s/"']* @ )
    | /bot\d{3,}: (?= [A-Za-z0-9_-] )
    | \bgw_live_[0-9A-Za-z]{8}_
    )
    [^\s"'&,;\\@]+ """,
    re.IGNORECASE | re.VERBOSE,
)

# Addresses of customers, for logs that leave the house. Enough stays to tell two apart.
_MAIL = re.compile(r"\b([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)")
_PHONE = re.compile(r"(?<![\w.-])(?:(\+\d{2,3})\d{4,10}|(1[3-9]\d)\d{6})(\d{2})(?![\w.-])")

# Keys whose values are secret, whatever they are.
_KEYS = re.compile(
    r"(^|[_-])(authorization|cookie|password|secret|token|api_?key|master_?key)$", re.IGNORECASE
)

_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None
_masking = False


def register_secrets(secrets: Iterable[str]) -> None:
    """Never again show these, plainly, quoted or in base64. Called with each configuration."""
    global _pattern  # noqa: PLW0603 - one process, one stderr
    _secrets.update(secret for secret in secrets if secret.strip())
    forms = {form for secret in _secrets for form in _forms(secret)}
    whole = sorted((f for f in forms if len(f) >= SHORT_SECRET), key=len, reverse=True)
    alone = sorted((f for f in forms if len(f) < SHORT_SECRET), key=len, reverse=True)
    parts = [re.escape(form) for form in whole]
    parts += [rf"(?<!\w){re.escape(form)}(?!\w)" for form in alone]
    _pattern = re.compile("|".join(parts)) if parts else None


def forget_secrets() -> None:
    """Forget what was registered: for tests."""
    global _pattern  # noqa: PLW0603
    _secrets.clear()
    _pattern = None


def _forms(secret: str) -> Iterator[str]:
    """How a secret looks in addresses, JSON, reprs and headers."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    once = json.dumps(secret, ensure_ascii=False)[1:-1]
    yield once
    yield json.dumps(once, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    if len(secret) >= SHORT_SECRET:
        yield b64encode(secret.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def redact(line: str) -> str:
    """The line without secrets, and without whole addresses where masking is on."""
    clean = _pattern.sub(REDACTED, line) if _pattern else line
    clean = _BY_PLACE.sub(rf"\1{REDACTED}", clean)
    if _masking:
        clean = _MAIL.sub(r"\1***@\2", clean)
        clean = _PHONE.sub(r"\1\2****\3", clean)
    return clean


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Say in every line logged inside what it is about: `request=`, `conversation=`, `account=`."""
    with bound_contextvars(**ids):
        yield


def set_up(
    *,
    level: str = "info",
    stream: TextIO | None = None,
    pretty: bool | None = None,
    mask_addresses: bool = False,
) -> None:
    """Log to stderr: JSON a line in service, for people on a terminal (`pretty` None: as it is)."""
    global _masking  # noqa: PLW0603
    _masking = mask_addresses
    out = stream or sys.stderr
    if pretty is None:
        pretty = out.isatty()
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [*_rendering(pretty), _redacted]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING) if number > logging.DEBUG else number)
    logging.captureWarnings(capture=True)


def _rendering(pretty: bool) -> list[Processor]:
    """Exceptions become text first, so that they are cleaned like all else."""
    clean: list[Processor] = [structlog.processors.format_exc_info, _cleaned]
    if pretty:
        return [*clean, structlog.dev.ConsoleRenderer()]
    return [
        structlog.processors.EventRenamer("message"),
        *clean,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _cleaned(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Every value without secrets, as plain data."""
    return {key: _clean(key, value, MAX_DEPTH) for key, value in event.items()}


def _clean(key: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if _KEYS.search(key):
        return REDACTED
    if isinstance(value, int | float):
        return value if redact(str(value)) == str(value) else REDACTED
    if depth and isinstance(value, dict):
        return {redact(str(k)): _clean(str(k), v, depth - 1) for k, v in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item, depth - 1) for item in value]
    text = redact(value if isinstance(value, str) else str(value))
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"


def _redacted(_logger: Any, _method: str, line: str | bytes | EventDict) -> str:
    """The last processor: the line as it is written."""
    return redact(str(line))
