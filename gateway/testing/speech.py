"""What an adapter lets out while it is watched: logs, prints, words of errors. No secret may be
among them, and what people read speaks their language."""

import contextlib
import io
import logging
import re
from collections.abc import Iterator

# How CPython and its libraries speak of what went wrong.
_PYTHON = re.compile(
    r"\b[A-Z]\w*(?:Error|Disconnected)\b|\bNone\b|NoneType|\[Errno |codec can't|could not convert"
    r"|invalid literal|recursion depth|object has no|object is not|\(\)|<class "
)


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


class Heard:
    """All that was said, as text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._details: dict[str, None] = {}  # once each, in order

    def add(self, *things: object) -> None:
        """Note the words of a result or an error."""
        self._parts += [f"{each!r} {each}" for each in things]
        self._details |= dict.fromkeys(detail for each in things for detail in _details(each))

    def secrets_in(self, secrets: tuple[str, ...]) -> list[int]:
        """Which of the secrets were let out, by their place: their words are not repeated."""
        text = "\n".join(self._parts)
        return [place for place, secret in enumerate(secrets) if secret and secret in text]

    def in_python(self) -> list[str]:
        """The details, which people read, that speak of exceptions instead of what happened."""
        return [detail for detail in self._details if _PYTHON.search(detail)]


def _details(thing: object) -> Iterator[str]:
    """Of an outcome, of health, and of every item of a delivery that was not read."""
    if isinstance(thing, tuple):
        for each in thing:
            yield from _details(each)
    detail = getattr(thing, "detail", None)
    if isinstance(detail, str):
        yield detail


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Hear logs of every level and all that is printed."""
    heard, listener, out = Heard(), _Listener(), io.StringIO()
    root = logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            yield heard
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
        heard.add(*listener.lines, out.getvalue())
