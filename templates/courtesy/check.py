"""The check: a text through the tables of its locale; offline, in time linear in the text."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import re2

from templates.courtesy.chinese import CHINESE
from templates.courtesy.english import ENGLISH
from templates.courtesy.model import Context, Finding, Level, Manner, Rule, Strictness
from templates.courtesy.normal import Octets, View, octets, plain, squeezed
from templates.courtesy.own import OWN_WORD
from templates.courtesy.personal import personal_data

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
_INTERNAL = "internal"
_PUBLIC = "public"
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
        for rule in self.manner.forbidden:
            yield from _said(rule, raw if rule.is_raw else seen)
        if self.own is not None:
            yield from _said(self.own, seen)
        if self.context.has_no_attachment:
            yield from _said(self.manner.attachment, seen)
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
            "next_step": context.complaint or context.late,
            "thanks": is_letter and context.first_contact,
            "closing": is_letter,
        }
        for name, wanted in asked.items():
            row = self.manner.needed[name]
            if wanted and not row.said.search(self.view.text):
                yield Finding(rule=name, level=row.level, start=0, end=0, message=row.message)

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


def _said(rule: Rule, view: Octets) -> Iterator[Finding]:
    """Where a rule's words stand, but for the phrases that excuse them."""
    hits = [found.span() for found in rule.said.finditer(view.raw)]
    if not hits:
        return
    excuses = [found.span() for found in rule.excused.finditer(view.raw)]
    ends = [end for _, end in excuses]
    for start, end in hits:
        nearest = bisect_right(ends, start)  # the first that ends behind where the words begin
        is_excused = nearest < len(excuses) and excuses[nearest][0] < end
        if start < end and not is_excused:
            first, last = view.span(start, end)
            yield Finding(
                rule=rule.name, level=rule.level, start=first, end=last, message=rule.message
            )


def _is_called(said: str, name: str) -> bool:
    """Whether one may so call a customer of this name; unknown scripts are believed."""
    if said.isascii() != name.isascii():
        return True
    if said.isascii():
        return said in name.split() or said == name
    return said in name or name in said
