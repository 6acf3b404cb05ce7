"""Whether what a template says is sound: its words for each channel, its values, its language."""

import re
from collections.abc import Callable, Iterator, Mapping

from templates.grammar import faults, spoken_of
from templates.locales import manner
from templates.markup import html_faults, plain_faults
from templates.model import HTML_SUFFIX, SUBJECT_SUFFIX, Variable, Wording
from templates.values import Setting, ValueType, worded

BUILT_IN = ("hello", "festive")  # what every template may say unasked: hour's and day's greeting
MAX_TEMPLATE = 8_000  # characters
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

_AS_THEY_ARE = frozenset((ValueType.LINE, ValueType.PHRASE, ValueType.TEXT, ValueType.URL))
# Words of the grammar; a value of such a name could not be spoken of.
_TAKEN = frozenset((
    "and", "or", "not", "in", "is", "if", "else", "elif", "endif", "true", "false", "none",
    "loop", "self", "caller", "promise",
))  # fmt: skip

IsChannel = Callable[[str], bool]
"""Whether there is a channel of this name; asked only when a template has words for it."""


def base_of(channel: str) -> str:
    """`email` of `email_subject` and of `email_html`."""
    return channel.removesuffix(HTML_SUFFIX).removesuffix(SUBJECT_SUFFIX)


def of_no_adapter(does: str, channel: str) -> str:
    """What is wrong with naming a channel that there is not."""
    return f"{does} {channel!r}, which is the channel of no adapter; correct it"


def part_faults(
    channel: str, words: str, kinds: Mapping[str, ValueType]
) -> Iterator[tuple[int, str]]:
    """What is wrong with the words for one channel."""
    if len(words) > MAX_TEMPLATE:
        yield 1, f"the words for {channel or 'any channel'} are too long"
        return
    before = list(faults(words, (*kinds, *BUILT_IN)))
    yield from before
    if before:
        return
    if channel.endswith(HTML_SUFFIX):
        urls = frozenset(name for name, kind in kinds.items() if kind is ValueType.URL)
        yield from html_faults(words, urls)
    else:
        yield from plain_faults(words)
    if channel.endswith(SUBJECT_SUFFIX):
        several = [name for name in spoken_of(words) if kinds.get(name) is ValueType.TEXT]
        if "\n" in words or several:
            yield 1, "a subject is one line; leave out line breaks and values of type text"


def whole_faults(wording: Wording) -> Iterator[str]:
    """What is wrong with it as a whole; to be asked where the words of each channel are sound."""
    yield from _values_faults(wording)
    yield from _language_faults(wording)


def _values_faults(wording: Wording) -> Iterator[str]:
    names = {variable.name for variable in wording.variables}
    spoken = {name for words in wording.variants.values() for name in spoken_of(words)}
    spoken.update(*(each.values for each in wording.approved.values()))
    yield from (
        f"never speaks of its variable {name!r}; remove it" for name in sorted(names - spoken)
    )
    for variable in wording.variables:
        if not NAME.fullmatch(variable.name) or variable.name in (*_TAKEN, *BUILT_IN):
            yield f"{variable.name!r} is no name for a variable; use small letters, digits and _"
        try:
            worded(variable.type, variable.example, Setting(locale=wording.locale))
        except ValueError as error:
            yield f"the example of {variable.name!r} {error}"
        yield from _fallback_faults(variable)
    certain = {variable.name for variable in wording.variables if variable.fallback != ""}
    for channel, each in wording.approved.items():
        # Meta refuses an empty parameter, so whatever is named must always have a value.
        yield from (
            f"approved for {channel}: {name!r} may be empty or is no variable; name another"
            for name in each.values
            if name not in certain
        )


def _language_faults(wording: Wording) -> Iterator[str]:
    """What would stand in English within the words of another language."""
    if manner(wording.locale):
        return
    alone = "which is told in Chinese and English alone; leave it out"
    if any("hello" in spoken_of(words) for words in wording.variants.values()):
        yield f"speaks of 'hello', {alone}"
    for variable in wording.variables:
        if variable.type is ValueType.DURATION:
            yield f"tells the duration {variable.name!r}, {alone}"


def _fallback_faults(variable: Variable) -> Iterator[str]:
    """What may not stand in a value's place. It is said as it is: a day's may be `soon`."""
    if not variable.fallback:
        return
    kind = variable.type if variable.type in _AS_THEY_ARE else ValueType.LINE
    try:
        worded(kind, variable.fallback, Setting(locale=""))
    except ValueError as error:
        yield f"the fallback of {variable.name!r} {error}"
    for _, what in plain_faults(variable.fallback):
        yield f"the fallback of {variable.name!r} {what}"
