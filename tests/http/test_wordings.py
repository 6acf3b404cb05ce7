"""What templates say, saved while people work: kept, compared, brought back, in force everywhere."""

import asyncio
from typing import Any

import pytest

from gateway.domain.access import AuditEntry
from gateway.domain.savedwords import SavedWords
from templates import Catalog
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.test_calls import rows
from tests.http.test_two_nodes import nodes  # noqa: F401 -- a fixture
from tests.http.twilio_phone import open_phone

PATH = "/api/v1/wordings"
GREETING = f"{PATH}/greeting/en"
FIELDS = ("purpose", "owner", "keywords", "only", "variables", "approved", "words")
NAME = {"name": "customer_name", "type": "person", "example": "Ms Reed", "fallback": ""}


@pytest.fixture(params=ENGINES, name="both")
async def _both(tmp_path, request):
    """A desk on either engine."""
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        yield opened


def draft(words: str = "Welcome{% if customer_name %}, {{ customer_name }}{% endif %}.", **fields: Any) -> dict:  # fmt: skip
    said = {"purpose": "to greet", "variables": [NAME], "words": {"": words}, "version": 0}
    return said | fields


async def rendered(person, name: str = "greeting", locale: str = "en") -> str:
    body = {"locale": locale, "values": {"customer_name": "Ms Reed"}}
    answer = await person("POST", f"/api/v1/templates/{name}/render", body)
    return answer.json.get("text", answer.code if answer.status != 200 else "")


async def test_words_from_the_first_saving_to_the_files_again(both) -> None:
    """Saved they are in force; an older version is read, compared and brought back; so is the file."""
    sue, emma = await both.person("sue"), await both.person("emma")
    before = (await emma("GET", GREETING)).json
    assert (before["origin"], before["version"], before["changed_at"]) == ("shipped", 0, None)
    filed = await rendered(emma)
    first = await sue("PUT", GREETING, draft(note=" \u202ewar\u200bmer "))
    assert (first.status, first.json["version"]) == (200, 1), first.body
    assert await rendered(emma) == "Welcome, Ms Reed."
    second = await sue("PUT", GREETING, draft("Good to see you, {{ customer_name }}.", version=1))
    assert second.json["version"] == 2, second.body
    now = (await emma("GET", GREETING)).json
    assert (now["origin"], now["version"], now["changed_by"]) == ("console", 2, "agent:sue")
    assert now["words"] == {"": "Good to see you, {{ customer_name }}."}
    old = (await emma("GET", f"{GREETING}/history/1")).json
    assert old["words"][""].startswith("Welcome")
    assert (await emma("GET", f"{GREETING}/history/0")).json["words"] == before["words"]
    back = await sue("POST", f"{GREETING}/back", {"to": 1, "version": 2})
    assert back.json["version"] == 3
    assert await rendered(emma) == "Welcome, Ms Reed."
    files = await sue("POST", f"{GREETING}/back", {"to": 0, "version": 3, "note": "enough"})
    assert files.json["version"] == 4
    assert await rendered(emma) == filed
    assert (await emma("GET", GREETING)).json["origin"] == "shipped"
    told = (await emma("GET", f"{GREETING}/history")).json["items"]
    assert [(v["version"], v["note"], v["files"]) for v in told] == [
        (4, "enough", True), (3, "", False), (2, "", False), (1, "warmer", False),
    ]  # fmt: skip
    page = (await emma("GET", f"{GREETING}/history?limit=2")).json
    assert page["next"] == 3
    rest = (await emma("GET", f"{GREETING}/history?limit=2&cursor=3")).json
    assert [v["version"] for v in rest["items"]] == [2, 1]
    audited = [(e.action, e.object) for e in await rows(both, AuditEntry) if "template" in e.action]
    assert audited == [("template.save", "greeting en")] * 3 + [
        ("template.back_to_files", "greeting en")
    ]
    for version in (9, "x", "9" * 40):
        assert (await emma("GET", f"{GREETING}/history/{version}")).status == 404
    assert (await sue("POST", f"{GREETING}/back", {"to": 9, "version": 4})).status == 404
    nowhere = GREETING.replace("greeting", "never_worded")
    assert (await sue("POST", f"{nowhere}/back", {"to": 0, "version": 0})).status == 404


async def test_two_edits_at_once(both) -> None:
    """The second is told who was quicker and which version is in force, and changes nothing."""
    sue, ada = await both.person("sue"), await both.person("ada")
    assert (await ada("PUT", GREETING, draft())).status == 200
    assert (
        await ada("PUT", GREETING, draft("Hello, {{ customer_name }}.", version=1))
    ).status == 200
    late = await sue("PUT", GREETING, draft("Good morning, {{ customer_name }}."))
    assert (late.status, late.code) == (409, "changed_meanwhile")
    assert (late.json["by"], late.json["version"]) == ("agent:ada", 2)
    assert (
        await sue("POST", f"{GREETING}/back", {"to": 0, "version": 1})
    ).code == "changed_meanwhile"
    never = await sue(
        "PUT", f"{PATH}/greeting/zh-CN", draft("您好，{{ customer_name }}。", version=7)
    )
    assert never.status == 404
    assert len(await rows(both, SavedWords)) == 2


async def test_a_key_saves_once(desk) -> None:
    """Pressed twice is saved once, and answered alike, also when others have saved since."""
    sue = await desk.person("sue")
    key = {"Idempotency-Key": "once"}
    first = await sue("PUT", GREETING, draft(), headers=key)
    assert (await sue("PUT", GREETING, draft("Hi, {{ customer_name }}.", version=1))).status == 200
    again = await sue("PUT", GREETING, draft(), headers=key)
    assert (again.status, again.json) == (200, first.json)
    assert len(await rows(desk, SavedWords)) == 2


async def test_who_may_not(desk) -> None:
    """Agents and auditors read; they save nothing, and are not told how it would look."""
    for login in ("emma", "aude", "olga"):
        person = await desk.person(login)
        assert (await person("GET", GREETING)).status == 200
        for verb, path, body in (
            ("PUT", GREETING, draft()),
            ("POST", f"{GREETING}/check", {k: v for k, v in draft().items() if k != "version"}),
            ("POST", f"{GREETING}/back", {"to": 0, "version": 0}),
        ):
            assert (await person(verb, path, body)).code == "forbidden"
    assert await rows(desk, SavedWords) == []


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("a loop", {"words": {"": "{% for a in b %}x{% endfor %}"}}, "unsound_words", "for"),
    ("an attribute", {"words": {"": "{{ customer_name.__class__ }}"}}, "unsound_words", "getattr"),
    ("a macro that calls itself", {"words": {"": "{% macro m() %}{{ m() }}{% endmacro %}"}}, "unsound_words", "macro"),
    ("too long", {"words": {"": "{{ customer_name }}" + "x" * 9_000}}, "unsound_words", "too long"),
    ("a megabyte", {"words": {"": "x" * 900_000}}, "invalid_value", ""),
    ("script", {"words": {"": "{{ customer_name }}<script>x</script>"}}, "unsound_words", "markup"),
    ("a direction turned", {"words": {"": "{{ customer_name }}\u202e"}}, "unsound_words", "U+202E"),
    ("a lone carriage return", {"words": {"": "{{ customer_name }}\rX"}}, "unsound_words", "U+000D"),
    ("a blank without width", {"words": {"": "{{ customer_name }}\u200b"}}, "unsound_words", "U+200B"),
    ("a line separator", {"words": {"": "{{ customer_name }}\u2028X"}}, "unsound_words", "U+2028"),
    ("a subject of two lines", {"words": {"": "{{ customer_name }}", "email_subject": "Hello\r\nBcc: x"}}, "unsound_words", "one line"),
    ("a subject parted unseen", {"words": {"": "{{ customer_name }}", "email_subject": "Hello\u2028Bcc: x"}}, "unsound_words", "U+2028"),
    ("a subject turned about", {"words": {"": "{{ customer_name }}", "email_subject": "\u2067Hello"}}, "unsound_words", "U+2067"),
    ("a subject with a blank without width", {"words": {"": "{{ customer_name }}", "email_subject": "Hel\u200blo"}}, "unsound_words", "U+200B"),
    ("a note of two lines", {"note": "why\r\nand how"}, "invalid_value", "one line"),
    ("a note parted unseen", {"note": "why\u2028and how"}, "invalid_value", "one line"),
    ("a value of nobody", {"words": {"": "{{ customer_name }} {{ shoe_size }}"}}, "unsound_words", "shoe_size"),
    ("a channel of nobody", {"words": {"": "{{ customer_name }}", "pigeon": "x"}}, "unsound_words", "pigeon"),
    ("nothing", {"words": {}}, "unsound_words", "says nothing"),
    ("one fault", {"words": {"": "{{ customer_name }} {{ shoe_size }}"}}, "unsound_words", "Faults: 1; the first: "),
    ("an unknown field", {"colour": "red"}, "invalid_value", ""),
    ("a version below nothing", {"version": -1}, "invalid_value", ""),
    ("brush-off", {"words": {"": "Calm down, {{ customer_name }}."}}, "remarks_left", ""),
    ("a card", {"words": {"": "{{ customer_name }}, pay 4111 1111 1111 1111."}}, "courtesy", ""),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "what"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])  # fmt: skip
async def test_what_cannot_be_saved(desk, change: Any, code: str, what: str) -> None:
    """Each is refused by its name, and nothing is written."""
    sue = await desk.person("sue")
    answer = await sue("PUT", GREETING, draft() | change)
    assert (answer.code, what in answer.body.decode()) == (code, True), answer.body
    assert await rows(desk, SavedWords) == []


async def test_what_courtesy_would_rather_have_otherwise_is_saved_if_meant(desk) -> None:
    """A warning asks; a block does not."""
    sue = await desk.person("sue")
    rude = draft("Calm down, {{ customer_name }}.")
    asked = await sue("PUT", GREETING, rude)
    assert (asked.status, asked.code) == (409, "remarks_left")
    assert [(r["part"], r["line"]) for r in asked.json["remarks"]] == [("", 1)]
    assert (await sue("PUT", GREETING, rude | {"anyway": True})).status == 200
    card = draft("{{ customer_name }}: 4111 1111 1111 1111", version=1, anyway=True)
    assert (await sue("PUT", GREETING, card)).code == "courtesy"


async def test_what_goes_by_itself_stays_sayable(desk) -> None:
    """A value that nobody gives when it goes by itself is refused while there is time."""
    sue = await desk.person("sue")
    before = (await sue("GET", f"{PATH}/callback_number/en")).json
    body = {field: before[field] for field in FIELDS} | {"version": 0}
    body["variables"] = [*body["variables"], {"name": "shoe", "example": "42"}]
    body["words"] = before["words"] | {"": before["words"][""] + " {{ shoe }}"}
    answer = await sue("PUT", f"{PATH}/callback_number/en", body)
    assert answer.code == "unsound_words"
    assert "shoe" in answer.json["faults"][0]["text"]


async def test_every_shipped_wording_can_be_saved_as_it_is(tmp_path) -> None:
    """Reading, then saving, loses nothing and finds nothing to mend: nor where they are spoken."""
    async with open_phone(tmp_path) as (desk, _):
        await _saved_as_they_are(desk)


async def _saved_as_they_are(desk) -> None:
    sue, book = await desk.person("sue"), desk.house.wordbook
    for name in ("order_shipped", "promise_late", "voice_greeting", "callback_promised"):
        before = (await sue("GET", f"{PATH}/{name}/en")).json
        body = {field: before[field] for field in FIELDS} | {"version": 0}
        answer = await sue("PUT", f"{PATH}/{name}/en", body | {"anyway": True})  # one is long
        assert answer.status == 200, answer.body
        after = (await sue("GET", f"{PATH}/{name}/en")).json
        assert {field: after[field] for field in FIELDS} == {
            field: before[field] for field in FIELDS
        }
        assert not book.stand(name, "en").file_changed


async def test_how_it_would_be_read(desk) -> None:
    """As each channel shows it, with the examples; faults instead where there are any."""
    sue = await desk.person("sue")
    body = {k: v for k, v in draft().items() if k != "version"}
    body["words"] |= {"email_subject": "Hello", "email": "Dear {{ customer_name }},\n\nwelcome."}
    found = (await sue("POST", f"{GREETING}/check", body)).json
    assert found["faults"] == []
    told = [(r["part"], r["line"], r["rule"], r["level"]) for r in found["remarks"]]
    assert told == [("email", 0, "closing", "hint")]
    shown = {each["channel"]: each for each in found["shown"]}
    assert shown[""]["text"] == shown["webchat"]["text"] == "Welcome, Ms Reed."
    assert shown["email"]["subject"] == "Hello"
    assert shown["email"]["html"] == "<p>Dear Ms Reed,</p>\n<p>welcome.</p>"
    wrong = (await sue("POST", f"{GREETING}/check", body | {"words": {"": "{{ x }}"}})).json
    assert [(f["part"], f["line"]) for f in wrong["faults"]] == [("", 1)]
    assert wrong["shown"] == []
    assert await rows(desk, SavedWords) == []


async def test_a_template_of_ones_own(desk) -> None:
    """A name that there was not is a new template, offered at once; gone back, there is none."""
    sue, emma = await desk.person("sue"), await desk.person("emma")
    where = f"{PATH}/wet_parcel/en"
    assert (await sue("GET", where)).status == 404
    assert (await sue("PUT", where, draft())).status == 200
    assert await rendered(emma, "wet_parcel") == "Welcome, Ms Reed."
    listed = (await emma("GET", "/api/v1/templates?limit=200")).json["items"]
    assert "wet_parcel" in [each["name"] for each in listed]
    assert (await sue("POST", f"{where}/back", {"to": 0, "version": 1})).status == 200
    assert (await emma("POST", "/api/v1/templates/wet_parcel/render", {})).status == 404
    gone = (await emma("GET", where)).json
    assert (gone["origin"], gone["words"], gone["version"]) == ("", {}, 2)
    assert (await sue("PUT", where, draft(version=2))).json["version"] == 3
    assert (await sue("PUT", f"{PATH}/Wet%20Parcel/en", draft())).code == "unsound_words"
    assert (await sue("PUT", f"{PATH}/greeting/klingon", draft())).code == "unknown_locale"


async def test_the_list(desk) -> None:
    """Each template in its locales, where its words come from, how often it is used, how it sounds."""
    sue, where = await desk.person("sue"), await desk.conversation()
    assert (await sue("PUT", GREETING, draft())).status == 200
    reply = {"text": "Welcome.", "template": "greeting"}
    assert (await sue("POST", f"/api/v1/conversations/{where}/reply", reply)).status == 202
    items = (await sue("GET", f"{PATH}?limit=200&locale=zh-CN")).json["items"]
    assert [each["name"] for each in items] == list(desk.house.catalog.names())
    (greeting,) = (each for each in items if each["name"] == "greeting")
    origins = {each["locale"]: (each["origin"], each["version"]) for each in greeting["locales"]}
    assert origins == {"en": ("console", 1), "zh-CN": ("shipped", 0), "zh-TW": ("shipped", 0)}
    assert greeting["used"]["times"] == 1
    assert greeting["sounds"]
    first = (await sue("GET", f"{PATH}?limit=1")).json
    assert first["next"] == first["items"][0]["name"]


async def test_a_file_that_changes_beneath_neither_wins_nor_loses_in_silence(tmp_path) -> None:
    """What was saved stays in force, and it is told; saved anew, or gone back, it is settled."""
    folder = tmp_path / "config" / "words" / "en"
    folder.mkdir(parents=True)
    file = folder / "greeting.md"
    file.write_text("---\npurpose: to greet\n---\nHello from the file.\n")
    async with open_desk(tmp_path) as desk:
        sue = await desk.person("sue")
        assert (await sue("GET", GREETING)).json["origin"] == "folder"
        assert (await sue("PUT", GREETING, draft())).status == 200
        assert not (await sue("GET", GREETING)).json["file_changed"]
        file.write_text("---\npurpose: to greet\n---\nHello, changed.\n")
        desk.house.wordbook.filed = Catalog.load(folder.parent)
        now = (await sue("GET", GREETING)).json
        assert (now["origin"], now["file_changed"]) == ("console", True)
        assert await rendered(sue) == "Welcome, Ms Reed."
        assert (await sue("GET", f"{GREETING}/history/0")).json["words"] == {"": "Hello, changed."}
        assert (await sue("PUT", GREETING, draft(version=1))).status == 200
        assert not (await sue("GET", GREETING)).json["file_changed"]


async def test_words_say_what_they_say_on_every_node(nodes) -> None:  # noqa: F811
    """Saved on one node they are in force on the other, which nobody told."""
    one, two = nodes
    sue, there = await one.person("sue"), await two.person("emma")
    assert (await sue("PUT", GREETING, draft())).status == 200

    async def heard() -> bool:
        return await rendered(there) == "Welcome, Ms Reed."

    await two.until(heard)
    assert (await sue("POST", f"{GREETING}/back", {"to": 0, "version": 1})).status == 200
    await two.until(lambda: two.house.catalog.worded("greeting", "en").origin == "shipped")


async def test_what_goes_by_itself_says_the_new_words_at_once(tmp_path) -> None:
    """The next automatic answer is worded by the newest version; after a restart too."""
    config = CONFIG + "templates: {automatic: {acknowledged: {}}}\n"
    async with open_desk(tmp_path, config=config) as desk:
        sue = await desk.person("sue")
        path = f"{PATH}/acknowledged/en"
        body = draft("We have your words.", variables=[])
        assert (await sue("PUT", path, body)).status == 200, (await sue("PUT", path, body)).body
        await desk.receive("m1", "hello")
        await desk.until(lambda: [m for m in desk.hook.sent if m.text == "We have your words."])
    async with open_desk(tmp_path, config=config) as desk:
        await desk.receive("m2", "hello again", "+492")
        await desk.until(lambda: [m for m in desk.hook.sent if m.text == "We have your words."])


async def test_words_and_a_rulebook_at_the_same_instant(both) -> None:
    """Whoever commits second is looked over anew: nothing that is said by itself is ever gone."""
    sue, olga = await both.person("sue"), await both.person("olga")
    path, version = f"{PATH}/ours/en", 0
    base = (await olga("GET", "/api/v1/rulebook")).json["rulebook"]

    async def put(automatic: dict[str, Any]) -> Any:
        said = base | {"templates": base["templates"] | {"automatic": automatic}}
        return await olga("POST", "/api/v1/rulebook/apply", {"rulebook": said})

    for _ in range(6):
        kept = await sue("PUT", path, draft("We have it.", version=version, variables=[]))
        assert kept.status == 200, kept.body
        version = kept.json["version"]
        gone, applied = await asyncio.gather(
            sue("POST", f"{path}/back", {"to": 0, "version": version}),
            put({"acknowledged": {"template": "ours"}}),
        )
        refused = gone if gone.status == 422 else applied
        assert sorted((gone.status, applied.status)) == [200, 422], (gone.body, applied.body)
        assert refused.code in ("unsound_words", "invalid_rulebook")
        assert (await put({})).status == 200
        if gone.status == 200:
            version = gone.json["version"]


async def test_an_old_rulebook_that_says_what_is_gone(both) -> None:
    """Is not brought back, and says what it lacks."""
    sue, olga = await both.person("sue"), await both.person("olga")
    assert (await sue("PUT", f"{PATH}/ours/en", draft("We have it.", variables=[]))).status == 200
    base = (await olga("GET", "/api/v1/rulebook")).json["rulebook"]
    for automatic in ({"acknowledged": {"template": "ours"}}, {}):
        said = base | {"templates": base["templates"] | {"automatic": automatic}}
        assert (await olga("POST", "/api/v1/rulebook/apply", {"rulebook": said})).status == 200
    assert (await sue("POST", f"{PATH}/ours/en/back", {"to": 0, "version": 1})).status == 200
    back = await olga("POST", "/api/v1/rulebook/rollback", {"version": 2})
    assert (back.status, back.code) == (422, "invalid_rulebook")
    assert back.json["faults"][0]["path"] == "templates.automatic.acknowledged"
    assert "ours" in back.json["detail"]
