"""The catalogue: every template by name, locale and channel, read from files.

A file is `text/<locale>/<name>.md`: a front matter in YAML (purpose, variables), the words, and
below a line `=== sms` the words of that channel.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from templates.errors import BadCatalog, UnknownTemplate
from templates.grammar import faults, spoken_of
from templates.values import Setting, ValueType, worded

TEXT = Path(__file__).parent / "text"
DEFAULT_LOCALE = "en"
ANY_CHANNEL = ""
BUILT_IN = ("hello",)  # what every template may say unasked: the greeting of the hour
MAX_TEMPLATE = 8_000  # characters

_FILE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<body>.*)", re.DOTALL)
_VARIANT = re.compile(r"^=== *([a-z][a-z_]*) *\n", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Variable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value of a template. Without a fallback it is required."""

    name: str = ""
    type: ValueType = ValueType.LINE
    example: str | int
    meaning: str = ""
    fallback: str | None = None

    @property
    def required(self) -> bool:
        """Whether the template is refused without it."""
        return self.fallback is None


class Front(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands above the words in a file."""

    purpose: str
    variables: dict[str, Variable] = {}


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """A template in one locale. `variants` has the words by channel, `""` those for any other."""

    locale: str
    purpose: str
    variables: tuple[Variable, ...]
    variants: Mapping[str, str]


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template in all its locales."""

    name: str
    wordings: Mapping[str, Wording]

    @property
    def locales(self) -> tuple[str, ...]:
        """Where it has been worded."""
        return tuple(self.wordings)

    @property
    def variables(self) -> tuple[str, ...]:
        """What it speaks of in any of its locales."""
        spoken = (v.name for wording in self.wordings.values() for v in wording.variables)
        return tuple(dict.fromkeys(spoken))

    def speaks(self, locale: str) -> bool:
        """Whether it is worded in this locale, or in another of the same language."""
        return _language(locale) in map(_language, self.wordings)

    def wording(self, locale: str) -> Wording:
        """The words for a reader of this locale: nearest first, English before none."""
        return next(
            self.wordings[near] for near in nearest(locale, self.wordings) if near in self.wordings
        )


class Catalog:
    """Templates by name."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = {template.name: template for template in templates}

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Our own templates, and over them those of a directory. Raises BadCatalog."""
        wordings: dict[str, dict[str, Wording]] = {}
        found: list[str] = []
        for folder in (TEXT, path) if path else (TEXT,):
            for file in sorted(folder.glob("*/*.md")):
                wording = _read(file, found)
                if wording:
                    wordings.setdefault(file.stem, {})[wording.locale] = wording
        if found:
            raise BadCatalog("\n".join(found))
        return cls(Template(name=name, wordings=w) for name, w in wordings.items())

    def names(self) -> tuple[str, ...]:
        """The names of all templates, in order."""
        return tuple(sorted(self._templates))

    def get(self, name: str) -> Template:
        """The template of this name, `out_of_hours` or `out-of-hours`. Raises UnknownTemplate."""
        found = self._templates.get(name.replace("-", "_"))
        if found is None:
            near = get_close_matches(name.replace("-", "_"), self._templates, n=1)
            cure = f"did you mean {near[0]}?" if near else f"there are: {', '.join(self.names())}"
            raise UnknownTemplate(f"there is no template {name!r}; {cure}")
        return found


def nearest(locale: str, available: Iterable[str]) -> Iterator[str]:
    """The locales to try in turn: itself, its language, any of its language, English, any."""
    there = sorted(available)
    by_lower = {name.lower(): name for name in there}
    wanted = locale.replace("_", "-").lower()
    language = _language(locale)
    for name in (wanted, language):
        if name in by_lower:
            yield by_lower[name]
    yield from (name for name in there if _language(name) == language)
    yield DEFAULT_LOCALE
    yield from there


def _language(locale: str) -> str:
    return locale.replace("_", "-").lower().partition("-")[0]


# --- reading -----------------------------------------------------------------------------------


def _read(file: Path, found: list[str]) -> Wording | None:
    """One file; what is wrong with it goes to `found`, a line each."""
    before = len(found)
    text = file.read_text("utf-8")
    parts = _FILE.fullmatch(text)
    if not _NAME.fullmatch(file.stem):
        found.append(f"{file}:0: is no name; use small letters, digits and _")
    if not parts:
        found.append(
            f"{file}:1: has no front matter; begin with a line --- and end it with another"
        )
        return None
    front = _front(file, parts["front"], found)
    variants = _variants(parts["body"])
    if front is None:
        return None
    variables = tuple(
        msgspec.structs.replace(variable, name=name) for name, variable in front.variables.items()
    )
    language = file.parent.name.partition("-")[0]
    first_line = parts["front"].count("\n") + 3
    for line, what in _faults(parts["body"], variants, variables, language):
        found.append(f"{file}:{first_line + line}: {what}")
    if len(found) > before:
        return None
    return Wording(
        locale=file.parent.name, purpose=front.purpose, variables=variables, variants=variants
    )


def _front(file: Path, text: str, found: list[str]) -> Front | None:
    try:
        data: Any = YAML(typ="safe", pure=True).load(text)
        return msgspec.convert(data, Front)
    except YAMLError as error:
        found.append(f"{file}:1: the front matter cannot be read: {' '.join(str(error).split())}")
    except msgspec.ValidationError as error:
        found.append(f"{file}:1: the front matter is wrong: {error}")
    return None


def _variants(body: str) -> dict[str, str]:
    """The words by channel; what stands before the first `===` is for any other."""
    first, *rest = _VARIANT.split(body)
    variants = {ANY_CHANNEL: first.strip()}
    for channel, words in zip(rest[::2], rest[1::2], strict=True):
        variants[channel] = words.strip()
    return variants


def _faults(
    body: str, variants: Mapping[str, str], variables: Iterable[Variable], language: str
) -> Iterator[tuple[int, str]]:
    names = [variable.name for variable in variables]
    if not variants[ANY_CHANNEL]:
        yield 1, "says nothing to any channel; write the words below the front matter"
    for channel, words in variants.items():
        start = body.count("\n", 0, max(0, body.find(words)))
        if len(words) > MAX_TEMPLATE:
            yield start + 1, f"the words for {channel or 'any channel'} are too long"
        yield from ((start + line, what) for line, what in faults(words, (*names, *BUILT_IN)))
    if any(next(faults(words, (*names, *BUILT_IN)), None) for words in variants.values()):
        return
    silent = set(names) - {name for words in variants.values() for name in spoken_of(words)}
    yield from ((1, f"never speaks of its variable {name!r}; remove it") for name in sorted(silent))
    for variable in variables:
        try:
            worded(variable.type, variable.example, Setting(language=language))
        except ValueError as error:
            yield 1, f"the example of {variable.name!r} {error}"
