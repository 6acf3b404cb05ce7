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
    ("a macro that calls itself", FRONT + "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}{{ name }}", "uses macro; only"),
    ("a parent", FRONT + "{% extends 'x' %}{{ name }}", "uses extends; only"),
    ("a block", FRONT + "{% block b %}{{ name }}{% endblock %}", "uses block; only"),
    ("an assignment", FRONT + "{% set x = name %}{{ name }}", "uses assign; only"),
    ("a global", FRONT + "{{ range }}{{ name }}", "speaks of 'range', which is not among its variables"),
    ("glued", FRONT + "{{ name ~ name }}", "uses concat; only"),
    ("more and less", FRONT + "{{ 'a' if name > '3' else 'b' }}", "compares by more and less"),
    ("a number", FRONT + "{% if name == 3 %}a{% endif %}", "speaks of 3; write it between quotes"),
    ("none", FRONT + "{{ name or none }}", "speaks of None; write it between quotes"),
    ("an if that says nothing otherwise", FRONT + "{{ 'a' if name }}", "has an if without else"),
    ("raw words", FRONT + "{{ name }}\n{% raw %}{{ x }}{% endraw %}", ":7: uses raw; only values and if are allowed"),
    ("marks of the grammar between quotes", FRONT + "{{ name }}{{ '{%' }}x{{ '%}' }}", ":6: speaks of '{%', which is a mark of the grammar"),
    ("a comment's mark between quotes", FRONT + "{{ name }}{% if name == '#}' %}x{% endif %}", "speaks of '#}', which is"),
    ("an address that is none, in a value's stead", '---\npurpose: x\nvariables: {a: {type: url, example: "https://x.example", fallback: "javascript:x()"}}\n---\n{{ a }}', "the fallback of 'a' is no web address"),
    ("two lines in a line's stead", '---\npurpose: x\nvariables: {a: {example: b, fallback: "b\\nc"}}\n---\n{{ a }}', "the fallback of 'a' must be one line"),
    ("a direction turned in a value's stead", '---\npurpose: x\nvariables: {a: {example: b, fallback: "\\u202eb"}}\n---\n{{ a }}', "the fallback of 'a' holds the invisible character U+202E"),
    ("many conditions in each other", FRONT + "{% if name %}" * 900 + "{% endif %}" * 900, "are too long"),
    ("conditions in each other", FRONT + "{% if name %}" * 40 + "x" + "{% endif %}" * 40, "is nested too deeply"),
    ("nots without end", FRONT + "{{ " + "not " * 1_900 + "name }}", "is nested too deeply"),
    ("brackets without end", FRONT + "{{ " + "(" * 3_000 + "name" + ")" * 3_000 + " }}", "is nested too deeply"),
    ("a number without end", FRONT + "{{ " + "9" * 7_000 + " }}{{ name }}", "cannot be read"),
    ("script in plain words", FRONT + "{{ name }}<script>alert(1)</script>", ":6: holds markup; HTML stands below === email_html"),
    ("a direction turned", FRONT + "{{ name }} \u202eevil", "holds the invisible character U+202E"),
    ("a control", FRONT + "{{ name }} \x07", "holds the invisible character U+0007"),
    ("an example that is no day", "---\npurpose: x\nvariables: {a: {type: date, example: soon}}\n---\n{{ a }}", "the example of 'a' is no day; write it as 2026-01-02"),
    ("a name that the grammar has taken", "---\npurpose: x\nvariables: {hello: {example: a}}\n---\n{{ hello }}", "'hello' is no name for a variable"),
    ("a version of nothing", "---\npurpose: x\nversion: 0\n---\nHello", "has a version below 1; count from 1"),
    ("a subject of two lines", FRONT + "{{ name }}\n=== email_subject\na\nb", "a subject is one line"),
    ("a subject of a long text", FRONT.replace("example", "type: text, example") + "x\n=== email_subject\n{{ name }}", "a subject is one line"),
    ("approved with what is no variable", "---\npurpose: x\napproved: {whatsapp: {name: a, language: en, values: [b]}}\n---\nHello", "approved for whatsapp: 'b' may be empty or is no variable"),
    ("approved with what may be empty", '---\npurpose: x\nvariables: {b: {example: c, fallback: ""}}\napproved: {whatsapp: {name: a, language: en, values: [b]}}\n---\n{{ b }}', "'b' may be empty or is no variable"),
    ("JSON that is wrong", '---\n{"purpose": 3}\n---\nHello', ":1: the front matter is wrong"),
    ("lists in lists", "---\npurpose: " + "[" * 2_000 + "\n---\nHello", ":1: the front matter cannot be read"),
    ("a megabyte", FRONT + "{{ name }}" + "x" * 1_000_000, ":0: is longer than 64000 bytes; shorten it"),
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


HTML_FAULTS = [
    ("script", "<script>alert(1)</script>", "uses <script>"),
    ("script in pieces", "<scr{% if name %}ipt{% endif %}>", "has a condition inside a tag"),
    ("a value as a tag", "Write to <{{ name }}>", "has a value or a comment where a tag's name stands"),
    ("a value as an end", "a</{{ name }}>", "has a value or a comment where a tag's name stands"),
    ("a value that draws near", "a < {{- name }}>", "has a value or a comment where a tag's name stands"),
    ("a comment that draws near", "a < {#- x #}script>", "has a value or a comment where a tag's name stands"),
    ("a picture that tells who reads", "<img src='https://x.example/1.png'>", "uses <img>"),
    ("a handler", "<p onclick='x()'>a</p>", "<p> has onclick='x()', which a mail may not have"),
    ("a link that is a script", "<a href='javascript:x()'>a</a>", "<a> has href="),
    ("a link to plain HTTP", "<a href='http://x.example'>a</a>", "<a> has href="),
    ("a value that is no address as link", "<a href='{{ name }}'>a</a>", "<a> has href='{{ name }}'"),
    ("a value without quotes", "<td align={{ name }}>a</td>", "<td> has align='{{'"),
    ("a value among the attributes", "<td lang='{{ name }}'>a</td>", "<td> has lang="),
    ("a style that fetches", "<p style='background: url(https://x.example)'>a</p>", "<p> has style="),
    ("a style that fetches on its second line", "<p style='color: red;\n background: url(x)'>a</p>", "<p> has style="),
    ("a comment", "<!-- {{ name }} -->", "has the comment"),
    ("a page", "<!DOCTYPE html><p>a</p>", "declares"),
    ("an instruction", "<?php x ?>", "holds an instruction"),
    ("a tag without end", "<p>{{ name }} <a href='https://x.example", "has a tag without an end"),
    ("an end of nothing", "</iframe>", "ends <iframe>"),
    ("a drawing", "<svg><script/></svg>", "uses <svg>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("html", "what"), [row[1:] for row in HTML_FAULTS], ids=[row[0] for row in HTML_FAULTS]
)
def test_html_that_a_mail_may_not_have_is_refused(tmp_path, html, what) -> None:
    """The HTML part of a mail has few tags, and nothing that runs, fetches or leads astray."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "test.md").write_text(FRONT + "{{ name }}\n\n=== email_html\n" + html)
    with pytest.raises(BadCatalog) as refusal:
        Catalog.load(tmp_path)
    assert what in str(refusal.value)


def test_a_fault_of_html_is_told_at_its_line(tmp_path) -> None:
    """Also below a condition of several lines, and where a tag never ends."""
    (tmp_path / "en").mkdir()
    html = "<p>\n{% if\nname %}a{% endif %}\n<img>\n</b><i\n>\n<a href='"
    (tmp_path / "en" / "test.md").write_text(FRONT + "{{ name }}\n=== email_html\n" + html)
    _, slips = Catalog.examined(tmp_path)
    assert [(slip.line, slip.what[:10]) for slip in slips] == [
        (11, "uses <img>"),
        (14, "has a tag "),
    ]


@pytest.mark.parametrize(
    ("locale", "told"),
    [("de", ["speaks of 'hello'", "tells the duration 'wait'"]), ("en-GB", []), ("zh-HK", [])],
)
def test_no_words_of_another_language_stand_in_its_own(tmp_path, locale, told) -> None:
    """Greetings of the hour and durations are told in Chinese and English alone."""
    (tmp_path / locale).mkdir()
    front = '---\npurpose: x\nvariables: {wait: {type: duration, example: "5m"}}\n---\n'
    (tmp_path / locale / "test.md").write_text(front + "{{ hello }} {{ wait }}")
    _, slips = Catalog.examined(tmp_path)
    assert [slip.what.partition(",")[0] for slip in slips] == told


RICH = """---
purpose: to test
owner: orders
version: 7
variables: {name: {example: Lin}, url: {type: url, example: "https://x.example"}}
---
{{ name }}: {{ url }}

=== email_html
<table style="width: 100%; color: #333"><tr><td align="right">{{ name }}</td></tr></table>
{% if name %}<p><a href="{{ url }}">{{ "<b>" }}</a></p>{% endif %}
"""


def test_a_mail_may_be_rich(tmp_path) -> None:
    """A desk's own HTML is kept as it is, and values in it are text."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "test.md").write_text(RICH.replace("\n", "\r\n"), newline="")
    catalog = Catalog.load(tmp_path)
    wording = catalog.get("test").wording("en")
    assert (wording.owner, wording.version, wording.channels) == ("orders", 7, ("email",))
    values = {"name": "<i>Lin", "url": "https://x.example/?a=1&b=2"}
    page = render(catalog, "test", locale="en", channel="email_html", values=values)
    assert '<td align="right">&lt;i&gt;Lin</td>' in page
    assert '<a href="https://x.example/?a=1&amp;b=2">&lt;b&gt;</a>' in page


SECTIONS = [
    ("capitals", "=== SMS\nHi", ":8: is no section line; write it as === sms"),
    ("a dash", "=== twilio-sms\nHi", ":8: is no section line"),
    ("more after the name", "=== sms ===\nHi", ":8: is no section line"),
    ("set in", "  === sms\nHi", ":8: is no section line"),
    ("longer", "==== sms\nHi", ":8: is no section line"),
    ("without a name", "===\nHi", ":8: is no section line"),
    ("last in the file", "=== sms", ":8: says nothing to sms; write its words below"),
    ("empty", "=== sms\n\n=== email\nHi", ":8: says nothing to sms"),
    ("twice", "=== sms\nHi\n=== sms\nHo", ":10: has the section sms twice; keep one"),
    ("of no channel", "=== email\nHi\n=== smss\nHi", ":10: has words for 'smss', which is the channel of no adapter; correct it"),
    ("the HTML of no channel", "=== emial_html\nHi", ":8: has words for 'emial', which is the channel of no adapter"),
    ("the same words, wrong below", "=== sms\nHello {{ name }}\n=== email\n{{ nmae }}", ":11: speaks of 'nmae'"),
]  # fmt: skip


def test_a_template_may_be_for_some_channels_alone(tmp_path) -> None:
    """What is only spoken is offered on calls alone; a channel that there is not is told."""
    (tmp_path / "en").mkdir()
    front = "---\npurpose: spoken\nonly: [{}]\n---\nHello."
    for name, only in (("aloud", "voice"), ("typo", "voise")):
        (tmp_path / "en" / f"{name}.md").write_text(front.format(only))
    catalog, slips = Catalog.examined(tmp_path, {"voice", "sms"}.__contains__)
    aloud = catalog.get("aloud").wording("en")
    assert [aloud.fits(channel) for channel in ("voice", "sms", "")] == [True, False, True]
    assert catalog.get("greeting").wording("en").fits("sms")
    (slip,) = map(str, slips)
    assert ":5: is only for 'voise', which is the channel of no adapter; correct it" in slip


@pytest.mark.parametrize(
    ("rest", "what"), [row[1:] for row in SECTIONS], ids=[row[0] for row in SECTIONS]
)
def test_a_section_line_that_is_not_quite_right_is_told(tmp_path, rest, what) -> None:
    """It would become the customer's text, or words that nobody ever reads."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "test.md").write_text(FRONT + "Hello {{ name }}\n\n" + rest)
    _, slips = Catalog.examined(tmp_path, ("email", "sms").__contains__)
    assert len(slips) == 1
    assert what in str(slips[0])


def test_a_line_of_signs_is_no_section(tmp_path) -> None:
    """What merely underlines is text."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "test.md").write_text(
        FRONT + "{{ name }}\n=====\nHi\n\n=== sms \n{{ name }}"
    )
    catalog = Catalog.load(tmp_path)
    given = {"locale": "en", "values": {"name": "Lin"}}
    assert render(catalog, "test", channel="chat", **given) == "Lin\n=====\nHi"
    assert render(catalog, "test", channel="sms", **given) == "Lin"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("zh_CN", "zh-CN"),
        ("zh-cn", "zh-CN"),
        ("EN", "en"),
        ("zh-hant-hk", "zh-Hant-HK"),
        ("es-419", ""),
        ("zh-Hant", ""),
    ],
)
def test_a_folder_is_spelt_as_locales_are(tmp_path, folder, name) -> None:
    """In a folder spelt otherwise the words would stand beside ours and never be read."""
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "test.md").write_text(FRONT + "{{ name }}")
    _, slips = Catalog.examined(tmp_path)
    told = [f"lies in {folder}; name the folder {name}"] if name else []
    assert [slip.what for slip in slips] == told


def test_what_lies_elsewhere_is_told(tmp_path) -> None:
    """A file outside a locale, of another kind or without text in it is no template; what is sound is kept."""
    (tmp_path / "en" / "folder.md").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "en" / "sound.md").write_text(FRONT + "{{ name }}")
    (tmp_path / "en" / "wrong.md").write_text("Hello")
    (tmp_path / "en" / "lost.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "en" / "greeting.txt").write_text("Hello")
    (tmp_path / "greeting.md").write_text(FRONT + "{{ name }}")
    catalog, slips = Catalog.examined(tmp_path)
    assert [(slip.file.removeprefix(f"{tmp_path}/"), slip.what) for slip in sorted(slips)] == [
        ("en/folder.md", "cannot be read: Is a directory; let Parley read it, or move it away"),
        ("en/greeting.txt", "is no template; name it NAME.md, or move it away"),
        (
            "en/lost.md",
            "cannot be read: No such file or directory; let Parley read it, or move it away",
        ),
        ("en/wrong.md", "has no front matter; begin with a line --- and end it with another"),
        ("greeting.md", "lies in no locale; move it into a folder such as zh-CN or en"),
    ]
    assert "sound" in catalog.names()
    assert "wrong" not in catalog.names()


@pytest.mark.parametrize("folder", ["klingon", "zz", "e n", "en-", "english"])
def test_a_folder_is_a_locale(tmp_path, folder) -> None:
    """What lies in a folder of another name would never be read by anybody."""
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "test.md").write_text(FRONT + "{{ name }}")
    with pytest.raises(BadCatalog, match="which is no locale; name it as zh-CN or en"):
        Catalog.load(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path) -> None:
    """Another encoding is told, not guessed."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "test.md").write_bytes("您好".encode("gb18030"))
    with pytest.raises(BadCatalog, match="is not UTF-8; save it as UTF-8"):
        Catalog.load(tmp_path)


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
