"""Words a template for one reader: locale, channel, values. Missing values are refused by name."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from templates.catalog import ANY_CHANNEL, Catalog, Variable, Wording
from templates.errors import BadValue, MissingValue, UnknownLocale, UnknownValue
from templates.grammar import spoken
from templates.values import Setting, hello, worded

MAX_OUTPUT = 10_000
"""Characters of a text that went through a template."""

HTML_SUFFIX = "_html"
"""`email_html` is the HTML part of `email`; the values in it are escaped."""


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
    text. Times are told in `timezone`, as they look from `at` (ms since 1970 UTC). Who is known to
    live in the zone `home` is greeted by its hour, others plainly. What one channel requires all
    require. Values that the template does not know are ignored, empty ones
    count as missing.
    """
    template = catalog.get(name)
    wording = template.wording(locale)
    words, html = _words_for(wording, channel)
    language = wording.locale.partition("-")[0]
    setting = Setting(language=language, timezone=timezone, at=at, home=home)
    filled = _filled(template.name, wording.variables, values, setting)
    text = spoken(words, filled | {"hello": hello(setting)}, html=html).strip()
    if len(text) > MAX_OUTPUT:
        longest = max(filled, key=lambda key: len(filled[key]))
        why = f"makes the text longer than {MAX_OUTPUT} characters"
        raise BadValue(template.name, longest, why)
    return _paragraphs(text) if channel.endswith(HTML_SUFFIX) and not html else text


def spells_out(catalog: Catalog, name: str, locale: str, values: Iterable[str]) -> None:
    """Look at what a person wrote by hand: a slip is told, not passed over as `render` does it.

    Raises UnknownTemplate, UnknownLocale or UnknownValue. No locale is nobody's choice, and fine.
    """
    template = catalog.get(name)
    if locale and not template.speaks(locale):
        raise UnknownLocale(template.name, locale, template.locales)
    strange = tuple(value for value in values if value not in template.variables)
    if strange:
        raise UnknownValue(template.name, strange, template.variables)


def _words_for(wording: Wording, channel: str) -> tuple[str, bool]:
    """The words for a channel, and whether they are HTML themselves."""
    if channel.endswith(HTML_SUFFIX) and channel in wording.variants:
        return wording.variants[channel], True
    plain = channel.removesuffix(HTML_SUFFIX)
    return wording.variants.get(plain, wording.variants[ANY_CHANNEL]), False


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


def _paragraphs(text: str) -> str:
    """Plain text as HTML: everything escaped, paragraphs and lines kept."""
    blocks = (escape(block).replace("\n", "<br>\n") for block in text.split("\n\n"))
    return "\n".join(f"<p>{block}</p>" for block in blocks)
