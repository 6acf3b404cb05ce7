"""Words that people of a desk write themselves: judged as a file's are, and made a template of."""

from collections.abc import Iterator, Mapping

from templates.catalog import Catalog
from templates.grammar import faults, perhaps_absent, spoken_of
from templates.markup import plain_faults
from templates.model import ANY_CHANNEL, Template, Variable, Wording
from templates.sound import BUILT_IN

MAX_WORDS = 8_000  # characters


def places_of(catalog: Catalog, locale: str) -> dict[str, Variable]:
    """What words may speak of: the values that the catalogue's templates know, for a reader."""
    every = (catalog.get(name).wording(locale).variables for name in catalog.names())
    return {variable.name: variable for variables in every for variable in variables}


def unknown_places(words: str, known: Mapping[str, Variable]) -> list[str]:
    """The values that it speaks of and nobody knows. To be asked of words without faults."""
    return sorted(spoken_of(words) - known.keys() - {*BUILT_IN, "promise"})


def faults_in(words: str) -> Iterator[tuple[int, str]]:
    """What may not be said so, as (line, what); which values there are is another question."""
    if len(words) > MAX_WORDS:
        yield 1, f"is longer than {MAX_WORDS} characters"
        return
    yield from faults(words, None)
    yield from plain_faults(words)


def template_of(name: str, words: str, locale: str, known: Mapping[str, Variable]) -> Template:
    """A template that says these words; what it only asks after may be missing."""
    optional = perhaps_absent(words)
    spoken = sorted(spoken_of(words) - {*BUILT_IN, "promise"})
    variables = tuple(
        Variable(
            name=each,
            type=known[each].type,
            example=known[each].example,
            meaning=known[each].meaning,
            fallback="" if each in optional else None,
        )
        for each in spoken
        if each in known
    ) + tuple(Variable(name=each, example="") for each in spoken if each not in known)
    wording = Wording(
        locale=locale, purpose=name, variables=variables, variants={ANY_CHANNEL: words}
    )
    return Template(name=name, wordings={locale: wording})
