"""Words that people write themselves: what they may hold, and what must be given."""

import pytest

from templates import Catalog, MissingValue, rendered
from templates.written import MAX_WORDS, faults_in, places_of, template_of, unknown_places

KNOWN = places_of(Catalog.load(), "en")

FAULTS = [
    ("plain words", "Hello, we are open.", ""),
    ("a value", "Hello {{ customer_name }}", ""),
    ("a condition", "{% if order %}{{ order }}{% else %}it{% endif %} is here", ""),
    ("a promise", 'You hear from us by {{ promise("24h") }}.', ""),
    ("a value that nobody knows is asked after elsewhere", "{{ shoe_size }}", ""),
    ("a loop", "{% for a in order %}{{ a }}{% endfor %}", "uses for"),
    ("an attribute", "{{ order.upper }}", "uses getattr"),
    ("another call", "{{ order() }}", "uses call"),
    ("a promise of nothing", '{{ promise("soon") }}', "promises what cannot"),
    ("an endless if", "{% if order %}", "cannot be read"),
    ("markup", "<b>Hello</b>", "holds markup"),
    ("what nobody sees", "Hello\u202e", "invisible"),
    ("too much", "x" * (MAX_WORDS + 1), "longer than"),
]


@pytest.mark.parametrize(("words", "what"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_faults(words: str, what: str) -> None:
    """They are judged as the house's own are."""
    found = [told for _, told in faults_in(words)]
    assert found == [] if not what else what in found[0]


def test_places() -> None:
    """A place is one that some template of the desk has."""
    assert unknown_places("{{ hello }} {{ order }}", KNOWN) == []
    assert unknown_places('{{ shoe_size }} {{ promise("1h") }}', KNOWN) == ["shoe_size"]


def said(words: str, **values: str) -> str:
    catalog = Catalog([template_of("Hi", words, "en", KNOWN)])
    return rendered(catalog, "Hi", locale="en", channel="sms", values=values).text


def test_what_must_be_given() -> None:
    """A value is refused by name when it is missing, unless the words ask whether it is there."""
    assert said("It is {{ order }}.", order="A-7") == "It is A-7."
    with pytest.raises(MissingValue, match="Hi: order is missing"):
        said("It is {{ order }}.")
    asked = "{% if order %}It is {{ order }}.{% else %}Which one?{% endif %}"
    assert (said(asked), said(asked, order="A-7")) == ("Which one?", "It is A-7.")
    assert said("{{ order }} {{ forgotten }}", order="1", forgotten="2") == "1 2"
