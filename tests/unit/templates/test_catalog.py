"""Templates as files: what may be written, and what is refused when they are read."""

import pytest

from templates import BadCatalog, BadValue, Catalog, render

FRONT = "---\npurpose: to test\nvariables:\n  name: {example: Lin}\n---\n"

FAULTS = [
    ("no front matter", "Hello", ":1: has no front matter"),
    ("no YAML", "---\npurpose: [\n---\nHello", ":1: the front matter cannot be read"),
    ("no purpose", "---\nvariables: {}\n---\nHello", ":1: the front matter is wrong: Object missing required field `purpose`"),
    ("unknown key", "---\npurpose: x\nvariable: {}\n---\nHello", "unknown field `variable`"),
    ("unknown type", "---\npurpose: x\nvariables: {a: {type: colour, example: red}}\n---\n{{ a }}", "Invalid enum value 'colour'"),
    ("a bad example", "---\npurpose: x\nvariables: {a: {type: url, example: red}}\n---\n{{ a }}", "the example of 'a' is no web address"),
    ("no words", FRONT + "=== sms\n{{ name }}", ":6: says nothing to any channel"),
    ("an unknown value", FRONT + "Hello {{ name }}\nand {{ nmae }}", ":7: speaks of 'nmae', which is not among its variables"),
    ("a value never used", FRONT + "Hello", "never speaks of its variable 'name'"),
    ("odd syntax", FRONT + "Hello {{ name", ":6: cannot be read: unexpected end of template"),
    ("a loop", FRONT + "{% for x in name %}{{ x }}{% endfor %}", "uses for; only values and if are allowed"),
    ("an attribute", FRONT + "{{ name.__class__ }}", "uses getattr; only values and if are allowed"),
    ("an item", FRONT + "{{ name[0] }}", "uses getitem; only"),
    ("a call", FRONT + "{{ name() }}", "uses call; only"),
    ("a filter", FRONT + "{{ name|upper }}", "uses filter; only"),
    ("arithmetic", FRONT + "{{ name * 9 }}", "uses mul; only"),
    ("an include", FRONT + "{{ name }}{% include 'x' %}", "uses include; only"),
    ("a long template", FRONT + "{{ name }}" + "x" * 9_000, "are too long"),
    ("a variant at its line", FRONT + "Hello {{ name }}\n\n=== sms\nHi {{ nmae }}", ":9: speaks of 'nmae'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_a_faulty_template_is_refused(tmp_path, text, what) -> None:
    """Whatever could loop, call, look inside or go wrong later is refused when it is read."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "test.md").write_text(text)
    with pytest.raises(BadCatalog) as refusal:
        Catalog.load(tmp_path)
    assert what in str(refusal.value)
    assert str(refusal.value).startswith(str(tmp_path / "en" / "test.md"))


def test_every_fault_of_a_catalogue_is_told(tmp_path) -> None:
    """One reads all faults at once."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "one.md").write_text("Hello")
    (tmp_path / "en" / "Two.md").write_text(FRONT + "{{ nmae }}")
    with pytest.raises(BadCatalog) as refusal:
        Catalog.load(tmp_path)
    assert len(str(refusal.value).splitlines()) == 3


def test_a_desk_has_its_own_words(tmp_path) -> None:
    """A directory's templates stand beside ours, or in their place, locale by locale."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "greeting.md").write_text(
        FRONT + "Hello {{ name }}\n\n=== email_html\n<b>{{ name }}</b>\n"
    )
    (tmp_path / "en" / "birthday.md").write_text(FRONT + "Happy birthday {{ name }}")
    catalog = Catalog.load(tmp_path)
    assert {"birthday", "closing"} <= set(catalog.names())
    given = {"values": {"name": "<Lin>", "desk_name": "Dawn"}}
    assert render(catalog, "greeting", locale="en", channel="chat", **given) == "Hello <Lin>"
    assert (
        render(catalog, "greeting", locale="en", channel="email_html", **given)
        == "<b>&lt;Lin&gt;</b>"
    )
    assert "您好" in render(catalog, "greeting", locale="zh-CN", channel="chat", **given)


def test_a_text_has_an_end(tmp_path) -> None:
    """What a template says is bounded, whatever its values hold."""
    (tmp_path / "en").mkdir()
    front = FRONT.replace("{example: Lin}", "{type: text, example: Lin}")
    (tmp_path / "en" / "echo.md").write_text(front + "{{ name }}" * 3)
    with pytest.raises(BadValue, match="longer than 10000 characters"):
        render(
            Catalog.load(tmp_path),
            "echo",
            locale="en",
            channel="chat",
            values={"name": "x" * 4_000},
        )
