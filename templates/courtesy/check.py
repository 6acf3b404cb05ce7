"""The check: a text through the tables of its locale; offline, in time linear in the text."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter

import msgspec
import re2

from templates.courtesy.chinese import CHINESE
from templates.courtesy.english import ENGLISH
from templates.courtesy.model import Context, Finding, Level, Manner, Needed, Rule, Strictness
from templates.courtesy.own import OWN_WORD
from templates.courtesy.personal import personal_data
from templates.normal import Octets, View, octets, plain, squeezed
from templates.promises import is_promised

MAX_TEXT = 20_000  # characters; nobody types more, and a check must end

_MANNERS = {"zh": CHINESE, "en": ENGLISH}
_LETTERS = {  # by language, as it is told from others
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"),
    "en": re.compile("[a-z]"),
}
# Latin letters are English when they say something; names of goods do not.
_SAYS = {
    "zh": re.compile(""),
    "en": re.compile(
        r"\b(?:the|is|are|was|you|your|we|i|to|and|has|have|for|please|thanks?|not|of)\b"
    ),
}
_NO_WORDS = re2.compile(r"(?:https?://|www\.)[!-~]*|[a-z0-9._%+\-]*[@\d][a-z0-9._\-]*")
_LEAST_LETTERS = {"zh": 2, "en": 12}
_MOST_FOREIGN = 0.7
_USUAL = Strictness()
_END = itemgetter(1)  # of a span
_NEXT_STEP = "next_step"
_INTERNAL = "internal"
_PUBLIC = "public"
# What a customer is talked into, or may not know, is so in the words of others too.
_WHOEVER_SAID_IT = frozenset(("urgency", "sensitive", "internal"))
_AMONG_COLLEAGUES = frozenset(("abuse",))  # what is not said in a note either
_LETTER_CHANNELS = frozenset(("email",))
# A customer may read own address and number; never a whole card or identity number.
_PERSONAL_LEVELS = {
    "": dict.fromkeys(("id", "card", "phone", "mail"), Level.WARN),
    "customer": {"id": Level.WARN, "card": Level.BLOCK},
    _PUBLIC: dict.fromkeys(("id", "card", "phone", "mail"), Level.BLOCK),
}


RULES = frozenset(
    (
        *(rule.name for manner in _MANNERS.values() for rule in manner.forbidden),
        *(name for manner in _MANNERS.values() for name in manner.needed),
        *(f"personal_{kind}" for kind in CHINESE.personal),
        *("attachment", "wrong_name", "other_language", OWN_WORD),
    )
)
"""Every rule that a finding may name."""


def check(
    text: str,
    locale: str,
    context: Context | None = None,
    strictness: Strictness | None = None,
) -> list[Finding]:
    """What to mend before a customer reads it, in the order of the text.

    Locales: those that begin with `zh`; any other is read as English. ValueError: a text longer
    than MAX_TEXT characters.
    """
    if len(text) > MAX_TEXT:
        raise ValueError(f"the text is longer than {MAX_TEXT} characters; shorten it")
    language = "zh" if locale.lower().startswith("zh") else "en"
    strict = strictness or _USUAL
    own = strict.words.get(language)
    checked = _Checked(plain(text), _MANNERS[language], context or Context(), own)
    found = sorted(checked.findings(), key=lambda finding: (finding.start, finding.rule))
    found = list(_as_wanted(found, strict, checked.context.channel))
    if checked.context.audience == _INTERNAL:
        return [finding for finding in found if finding.rule in _AMONG_COLLEAGUES]
    return found


def _as_wanted(
    findings: Iterable[Finding], strictness: Strictness, channel: str
) -> Iterator[Finding]:
    """Each at the level that the desk gives it, without those that are off."""
    for finding in findings:
        level = strictness.level(finding, channel)
        if level is not None:
            yield msgspec.structs.replace(finding, level=level)


@dataclass(frozen=True, slots=True)
class _Checked:
    """One text under check."""

    view: View
    manner: Manner
    context: Context
    own: Rule | None  # the words of the desk

    def findings(self) -> Iterator[Finding]:
        """All of them, in no order."""
        bare = squeezed(self.view)
        seen = octets(bare.text, bare.at)
        raw = octets(self.view.cased, self.view.at)
        reported = _reported(self.manner, seen)
        for rule in self.manner.forbidden:
            read, others = (raw, []) if rule.is_raw else (seen, reported)
            yield from _said(rule, read, [] if rule.name in _WHOEVER_SAID_IT else others)
        if self.own is not None:
            yield from _said(self.own, seen, [])
        if self.context.has_no_attachment:
            yield from _said(self.manner.attachment, seen, [])
        yield from self.missing()
        yield from self.names()
        yield from self.languages()
        yield from self.personal()

    def missing(self) -> Iterator[Finding]:
        """What this moment of a conversation asks for and the text does not say."""
        context, is_letter = self.context, self.context.channel in _LETTER_CHANNELS
        asked = {
            "greeting": context.first_contact,
            "empathy": context.complaint,
            "apology": context.late,
            _NEXT_STEP: context.complaint or context.late,
            "thanks": is_letter and context.first_contact,
            "closing": is_letter,
        }
        for name, wanted in asked.items():
            row = self.manner.needed[name]
            if wanted and not self.has_said(row):
                yield Finding(rule=name, level=row.level, start=0, end=0, message=row.message)

    def has_said(self, row: Needed) -> bool:
        """Whether the text says what is needed; who promises an answer says what happens next."""
        if row.said.search(self.view.text):
            return True
        return row.name == _NEXT_STEP and is_promised(self.view)

    def names(self) -> Iterator[Finding]:
        """Whoever is addressed must be the customer."""
        name = plain(self.context.customer_name).text.strip()
        found = self.manner.addressed.search(self.view.cased) if name else None
        if not found:
            return
        said = found[1].lower()
        if said in self.manner.nobody or _is_called(said, name):
            return
        start, end = self.view.span(*found.span(1))
        message = self.manner.wrong_name.format(name=self.context.customer_name)
        yield Finding(rule="wrong_name", level=Level.BLOCK, start=start, end=end, message=message)

    def languages(self) -> Iterator[Finding]:
        """Mostly the letters of another language than the customer's."""
        language = self.context.customer_language.lower().partition("-")[0]
        if language not in _LETTERS:
            return
        words = _NO_WORDS.sub(" ", self.view.text)
        counts = {code: len(letters.findall(words)) for code, letters in _LETTERS.items()}
        # A Chinese character says about as much as four Latin letters.
        weights = {"zh": 4 * counts["zh"], "en": counts["en"]}
        total = sum(weights.values())
        for code, weight in weights.items():
            enough = counts[code] >= _LEAST_LETTERS[code]
            says = _SAYS[code].search(words)
            if code != language and enough and says and weight > _MOST_FOREIGN * total:
                yield Finding(
                    rule="other_language", level=Level.WARN, start=0, end=self.view.at[-1] + 1,
                    message=self.manner.other_language.format(language=language),
                )  # fmt: skip

    def personal(self) -> Iterator[Finding]:
        """Personal data that the audience should not see."""
        levels = _PERSONAL_LEVELS.get(self.context.audience, _PERSONAL_LEVELS[""])
        for kind, start, end in personal_data(self.view.text):
            if kind in levels:
                first, last = self.view.span(start, end)
                yield Finding(
                    rule=f"personal_{kind}", level=levels[kind], start=first, end=last,
                    message=self.manner.personal[kind],
                )  # fmt: skip


def _reported(manner: Manner, view: Octets) -> list[tuple[int, int]]:
    """Where the text says what others said, by its octets, in their order."""
    found = manner.reported.finditer(view.raw)
    return [said.span() for said in found if said["own"] is None]


def _said(rule: Rule, view: Octets, reported: list[tuple[int, int]]) -> Iterator[Finding]:
    """Where a rule's words stand, but for the phrases that excuse them and what others said."""
    hits = [found.span() for found in rule.said.finditer(view.raw)]
    if not hits:
        return
    excuses = [found.span() for found in rule.excused.finditer(view.raw)]
    for start, end in hits:
        if start < end and not _touched(excuses, start, end) and not _touched(reported, start, end):
            first, last = view.span(start, end)
            yield Finding(
                rule=rule.name, level=rule.level, start=first, end=last, message=rule.message
            )


def _touched(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of these, in their order, and a piece of the text have something in common."""
    nearest = bisect_right(spans, start, key=_END)  # the first that ends behind where it begins
    return nearest < len(spans) and spans[nearest][0] < end


def _is_called(said: str, name: str) -> bool:
    """Whether one may so call a customer of this name; unknown scripts are believed."""
    if said.isascii() != name.isascii():
        return True
    if said.isascii():
        return said in name.split() or said == name
    return said in name or name in said
