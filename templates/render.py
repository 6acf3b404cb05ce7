"""Words a template for one reader: locale, channel, values. Missing values are refused by name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from gateway.domain.clock import full_minute
from templates.catalog import Catalog
from templates.errors import BadValue, MissingValue, UnknownLocale, UnknownValue
from templates.grammar import PROMISE, promises_in, spoken, spoken_of
from templates.locales import exists
from templates.markup import paragraphs
from templates.model import (
    ANY_CHANNEL,
    HTML_SUFFIX,
    SUBJECT_SUFFIX,
    Approved,
    Template,
    Variable,
    Wording,
)
from templates.spans import ALWAYS, Hours, due_of, span_of
from templates.values import Setting, ValueType, festive, hello, worded

MAX_OUTPUT = 10_000
"""Characters of a text that went through a template."""


class Pledge(NamedTuple):
    """What a template promises: until when (ms UTC), and how it says that."""

    due: int
    said: str


class Rendered(NamedTuple):
    """The words, and what is promised first in them, if anything."""

    text: str
    pledge: Pledge | None


def render(
    catalog: Catalog,
    name: str,
    *,
    locale: str,
    channel: str,
    values: Mapping[str, Any],
    timezone: str = "UTC",
    at: int | None = None,
    home: str = "",
) -> str:
    """The text of a template. Raises UnknownTemplate, MissingValue or BadValue.

    `channel` is what people call it (sms, email, webchat); `email_html` gives HTML, all else plain
    text; `email_subject` gives the line above a mail, "" where the template has none. Times are
    told in `timezone`, as they look from `at` (ms since 1970 UTC). Who is known to
    live in the zone `home` is greeted by its hour, others plainly. What one channel requires all
    require. Values that the template does not know are ignored, empty ones
    count as missing. What is promised in it is said; `rendered` tells of it too.
    """
    return rendered(
        catalog,
        name,
        locale=locale,
        channel=channel,
        values=values,
        timezone=timezone,
        at=at,
        home=home,
    ).text


def rendered(
    catalog: Catalog,
    name: str,
    *,
    locale: str,
    channel: str,
    values: Mapping[str, Any],
    timezone: str = "UTC",
    at: int | None = None,
    home: str = "",
    hours: Hours = ALWAYS,
) -> Rendered:
    """The text of a template, and what it promises by `hours`. Raises as `render` does."""
    template = catalog.get(name)
    wording = template.wording(locale)
    words, html = _words_for(wording, channel)
    setting = Setting(locale=wording.locale, timezone=timezone, at=at, home=home)
    filled = _filled(template.name, wording.variables, values, setting)
    pledges: list[Pledge] = []
    unasked: dict[str, Any] = dict(_unasked(words, setting))
    if promises_in(words):
        unasked[PROMISE] = _promising(template.name, setting, hours, pledges)
    text = spoken(words, filled | unasked, html=html).strip()
    if len(text) > MAX_OUTPUT:
        longest = max(filled, key=lambda key: len(filled[key]))
        why = f"makes the text longer than {MAX_OUTPUT} characters"
        raise BadValue(template.name, longest, why)
    pledge = min(pledges, key=lambda each: each.due, default=None)
    if html or not channel.endswith(HTML_SUFFIX):
        return Rendered(text, pledge)
    addresses = [filled[v.name] for v in wording.variables if v.type is ValueType.URL]
    return Rendered(paragraphs(text, [each for each in addresses if each]), pledge)


def _promising(
    template: str, setting: Setting, hours: Hours, pledges: list[Pledge]
) -> Callable[[str], str]:
    """What `promise("24h")` does in words: it says the instant, and notes it."""

    def promise(span: str) -> str:
        if setting.at is None:
            raise BadValue(template, PROMISE, "cannot be reckoned: nobody knows when it is said")
        due = due_of(span_of(span), setting.at, hours, setting.timezone)
        if due is None:
            raise BadValue(template, PROMISE, f"{span} cannot be kept: the desk is never open")
        due = full_minute(due)
        said = worded(ValueType.TIME, due, setting)
        pledges.append(Pledge(due, said))
        return said

    return promise


def approved(
    catalog: Catalog,
    name: str,
    *,
    locale: str,
    channel: str,
    values: Mapping[str, Any],
    timezone: str = "UTC",
    at: int | None = None,
    home: str = "",
) -> Approved | None:
    """The template that the channel's provider has approved for this, with its values in order.

    None: there is none for this channel. Raises as `render` does.
    """
    template = catalog.get(name)
    wording = template.wording(locale)
    known = wording.approved.get(channel)
    if known is None:
        return None
    setting = Setting(locale=wording.locale, timezone=timezone, at=at, home=home)
    filled = _filled(template.name, wording.variables, values, setting)
    # Meta refuses line breaks and runs of blanks in a parameter.
    told = tuple(" ".join(filled[each].split()) for each in known.values)
    return msgspec.structs.replace(known, values=told)


def spells_out(catalog: Catalog, name: str, locale: str, values: Iterable[str]) -> None:
    """Look at what a person wrote by hand: a slip is told, not passed over as `render` does it.

    Raises UnknownTemplate, UnknownLocale or UnknownValue. No locale is nobody's choice, and fine;
    so is one in which others' words stand in.
    """
    template: Template = catalog.get(name)
    if locale and not exists(locale):
        raise UnknownLocale(template.name, locale, template.locales)
    strange = tuple(value for value in values if value not in template.variables)
    if strange:
        raise UnknownValue(template.name, strange, template.variables)


def _words_for(wording: Wording, channel: str) -> tuple[str, bool]:
    """The words for a channel, and whether they are HTML themselves."""
    if channel.endswith(HTML_SUFFIX) and channel in wording.variants:
        return wording.variants[channel], True
    if channel.endswith(SUBJECT_SUFFIX):
        return wording.variants.get(channel, ""), False
    plain = channel.removesuffix(HTML_SUFFIX)
    return wording.variants.get(plain, wording.variants[ANY_CHANNEL]), False


def _unasked(words: str, setting: Setting) -> dict[str, str]:
    """The greetings that a template may say; the day's only where it does, for it is looked up."""
    greetings = {"hello": hello(setting)}
    if "festive" in spoken_of(words):
        greetings["festive"] = festive(setting)
    return greetings


def _filled(
    template: str, variables: Iterable[Variable], values: Mapping[str, Any], setting: Setting
) -> dict[str, str]:
    """The values as they stand in the text, fallbacks in the place of what is empty."""
    filled: dict[str, str] = {}
    missing: list[str] = []
    for variable in variables:
        given = values.get(variable.name)
        try:
            text = "" if given in (None, "") else worded(variable.type, given, setting)
        except ValueError as error:
            raise BadValue(template, variable.name, str(error)) from error
        filled[variable.name] = text or variable.fallback or ""
        if not text and variable.required:
            missing.append(variable.name)
    if missing:
        raise MissingValue(template, tuple(missing))
    return filled
