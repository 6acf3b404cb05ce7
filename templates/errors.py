"""Why a template gives no text. Nothing is ever sent with a hole in it."""

from collections.abc import Sequence
from typing import NamedTuple


class TemplateError(Exception):
    """A template gives no text; the message says why and what to do."""


class UnknownTemplate(TemplateError):
    """There is no template of this name."""


class MissingValue(TemplateError):
    """Required values were not given. `name` is the first, `names` are all of them."""

    def __init__(self, template: str, names: tuple[str, ...]) -> None:
        verb = "is" if len(names) == 1 else "are"
        super().__init__(f"{template}: {', '.join(names)} {verb} missing; give a value")
        self.template = template
        self.name = names[0]
        self.names = names


class BadValue(TemplateError):
    """A value cannot stand in the text."""

    def __init__(self, template: str, name: str, why: str) -> None:
        super().__init__(f"{template}: {name} {why}; correct the value")
        self.template = template
        self.name = name
        self.why = why


class UnknownLocale(TemplateError):
    """A template is not worded in the language that was asked for."""

    def __init__(self, template: str, locale: str, known: tuple[str, ...]) -> None:
        there = ", ".join(known)
        super().__init__(f"{template}: is not worded for the locale {locale!r}; there are: {there}")
        self.template = template
        self.name = "locale"


class UnknownValue(TemplateError):
    """Values were given that the template does not speak of. `names` are all of them."""

    def __init__(self, template: str, names: tuple[str, ...], known: tuple[str, ...]) -> None:
        verb = "is no value" if len(names) == 1 else "are no values"
        there = ", ".join(known) or "none"
        super().__init__(f"{template}: {', '.join(names)} {verb} of it; there are: {there}")
        self.template = template
        self.name = names[0]
        self.names = names


class Slip(NamedTuple):
    """Something wrong at a line of a file, with the cure. Line 0 stands for the whole file."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class BadCatalog(Exception):
    """Templates are faulty; the message has one line for each fault, with file and cure."""

    def __init__(self, slips: Sequence[Slip]) -> None:
        super().__init__("\n".join(map(str, slips)))
        self.slips = tuple(slips)
