"""What an adapter lets out while it is watched: logs, prints, words of errors. No secret may."""

import contextlib
import io
import logging
from collections.abc import Iterator


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

    def add(self, *things: object) -> None:
        """Note the words of a result or an error."""
        self._parts += [f"{each!r} {each}" for each in things]

    def secrets_in(self, secrets: tuple[str, ...]) -> list[int]:
        """Which of the secrets were let out, by their place: their words are not repeated."""
        text = "\n".join(self._parts)
        return [place for place, secret in enumerate(secrets) if secret and secret in text]


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
