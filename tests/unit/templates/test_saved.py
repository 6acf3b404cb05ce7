"""Words saved in the console: judged as files are, and the same again when they are one."""

import pytest
from msgspec.structs import replace

from templates import Approved, Catalog, Origin, Variable, Wording
from templates.saved import FRONT, faults_of, file_of, mark_of

CATALOG = Catalog.load()
SHIPPED = [
    (name, wording) for name in CATALOG.names() for wording in CATALOG.get(name).wordings.values()
]
NAME = Variable(name="name", example="Lin")


def wording(said: str = "Hello {{ name }}", **fields) -> Wording:
    words = {"": said, **fields.pop("words", {})}
    given = {"locale": "en", "purpose": "to test", "variables": (NAME,), "variants": words}
    return Wording(**(given | fields))


def is_channel(name: str) -> bool:
    return name in ("sms", "email", "voice", "webchat")


FAULTS = [
    ("no words", wording(" ".strip(), words={"sms": "{{ name }}"}), "", 1, "says nothing"),
    ("a loop", wording("a\n{% for x in name %}{{ x }}{% endfor %}"), "", 2, "uses for"),
    ("a megabyte", wording("{{ name }}" + "x" * 1_000_000), "", 1, "too long"),
    ("an attribute", wording("{{ name.__class__ }}"), "", 1, "uses getattr"),
    ("a value of nobody", wording("{{ name }}\n\n{{ nmae }}"), "", 3, "'nmae'"),
    ("script", wording("{{ name }}\n<script>x"), "", 2, "holds markup"),
    ("script in HTML", wording(words={"email_html": "<p>a</p>\n<script>x</script>"}), "email_html", 2, "uses <script>"),
    ("a direction turned", wording("{{ name }}\n\u202e"), "", 2, "U+202E"),
    ("a line of another channel's", wording("{{ name }}\n=== sms\nx"), "", 2, "in a file"),
    ("a channel of nobody", wording(words={"pigeon": "x"}), "pigeon", 1, "no adapter"),
    ("a channel that is no word", wording(words={"Pigeon Post": "x"}), "Pigeon Post", 1, "no adapter"),
    ("only for nobody", wording(only=("pigeon",)), FRONT, 1, "no adapter"),
    ("a subject of two lines", wording(words={"email_subject": "a\nb"}), "email_subject", 1, "one line"),
    ("a value never used", wording("Hello"), FRONT, 1, "never speaks"),
    ("a value twice", wording(variables=(NAME, NAME)), FRONT, 1, "twice"),
    ("no purpose", wording(purpose=" "), FRONT, 1, "purpose"),
    ("a purpose of two lines", wording(purpose="a\nb"), FRONT, 1, "one line"),
    ("a meaning turned", wording(variables=(replace(NAME, meaning="\u202ea"),)), FRONT, 1, "one line"),
    ("an example that is none", wording(variables=(Variable(name="name", example="x", type="url"),)), FRONT, 1, "no web address"),
    ("approved with what may be empty", wording(variables=(replace(NAME, fallback=""),), approved={"whatsapp": Approved(name="a", language="en", values=("name",))}), FRONT, 1, "may be empty"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "part", "line", "what"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])  # fmt: skip
def test_what_may_not_be_saved(wrong, part, line, what) -> None:
    """Each fault is told at its part and line."""
    found = faults_of("test", wrong, is_channel)
    assert [(f.part, f.line) for f in found if what in f.what] == [(part, line)]


def test_all_faults_are_told_at_once() -> None:
    """Whoever mends one need not find the next by saving again."""
    wrong = wording("{{ a }}\n{{ b }}", words={"sms": "{{ c }}"}, purpose="")
    parts = [(f.part, f.line) for f in faults_of("No Name", wrong, is_channel)]
    assert parts == [(FRONT, 1), (FRONT, 1), ("", 1), ("", 2), ("sms", 1)]


@pytest.mark.parametrize(("name", "wording"), SHIPPED, ids=[f"{n}-{w.locale}" for n, w in SHIPPED])
def test_ours_could_be_saved_and_are_the_same_as_files(name, wording, tmp_path) -> None:
    """What is exported is read again as it was, whatever it says."""
    assert faults_of(name, wording, lambda _: True) == []
    folder = tmp_path / wording.locale
    folder.mkdir()
    (folder / f"{name}.md").write_text(file_of(replace(wording, version=9)))
    again = Catalog.load(tmp_path).worded(name, wording.locale)
    assert again == replace(wording, version=9, origin=Origin.FOLDER)
    assert mark_of(again) == mark_of(wording)
    assert mark_of(replace(wording, owner="somebody")) != mark_of(wording)


def test_a_catalogue_under_other_words() -> None:
    """They take the place of its own; other locales and templates stay, and so does it."""
    ours = wording(origin=Origin.CONSOLE)
    over = CATALOG.under({("greeting", "en"): ours, ("brand_new", "en"): ours})
    assert over.worded("greeting", "en") is over.worded("brand_new", "en") is ours
    assert over.worded("greeting", "zh-CN") == CATALOG.worded("greeting", "zh-CN")
    assert CATALOG.worded("greeting", "en") is not ours
    assert CATALOG.worded("brand_new", "en") is None
