"""Quick replies through the agents' doors: written, found, filled in, changed, counted, taken away."""

from typing import Any

import pytest

from gateway.domain.access import AuditEntry
from gateway.domain.quickreply import QuickReply, Usage
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.test_calls import rows

PATH = "/api/v1/quick-replies"
CHINESE = {
    "name": "退货流程",
    "shortcut": "th",
    "text": "{% if customer_name %}{{ customer_name }}，{% endif %}您好，请把{{ order }}寄回。",
    "locale": "zh-cn",
}


@pytest.fixture(params=ENGINES, name="both")
async def _both(tmp_path, request):
    """A desk on either engine."""
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        yield opened


async def names(person) -> list[str]:
    return [each["name"] for each in (await person("GET", PATH)).json["items"]]


async def test_a_quick_reply_from_the_writing_to_the_end(both) -> None:
    """Its author has it, by its sound too; its words are filled in; nobody else sees it."""
    emma, otto = await both.person("emma"), await both.person("otto")
    made = await emma("POST", PATH, CHINESE)
    assert made.status == 201, made.body
    kept = made.json
    assert (kept["locale"], kept["version"], kept["mine"]) == ("zh-CN", 1, True)
    assert kept["sounds"] == ["tui huo liu cheng", "nin hao qing ba ji hui"]
    assert (kept["changed_by"], kept["used"]) == ("agent:emma", None)
    assert (await emma("GET", PATH)).json == {"items": [kept], "next": None}
    assert await names(otto) == []
    mine = f"{PATH}/{kept['id']}"
    lacking = await emma("POST", f"{mine}/render", {})
    assert (lacking.status, lacking.code) == (422, "missing_value")
    assert lacking.json["names"] == ["order"]
    filled = await emma("POST", f"{mine}/render", {"values": {"order": "A-7"}})
    assert filled.json == {"text": "您好，请把A-7寄回。", "promise": None}
    for verb, path, body in (
        ("POST", f"{mine}/render", {}),
        ("PUT", mine, CHINESE | {"version": 1}),
        ("DELETE", mine, None),
    ):
        assert (await otto(verb, path, body)).status == 404
    assert (await emma("DELETE", mine)).status == 204
    assert await names(emma) == []
    assert (await emma("DELETE", mine)).status == 404
    told = [(e.action, e.detail) for e in await rows(both, AuditEntry) if "quick" in e.action]
    assert told == [("quick_reply.add", "退货流程 version 1"), ("quick_reply.remove", "退货流程")]


async def test_what_the_whole_desk_says(desk) -> None:
    """Supervisors write it, everybody has it, agents do not change it or make their own of it."""
    sue, emma = await desk.person("sue"), await desk.person("emma")
    shared = {"name": "Hours", "text": "We are open from nine.", "shared": True}
    assert (await emma("POST", PATH, shared)).code == "forbidden"
    kept = (await sue("POST", PATH, shared)).json
    path = f"{PATH}/{kept['id']}"
    theirs = (await emma("GET", PATH)).json["items"][0]
    assert (theirs["shared"], theirs["mine"]) == (True, False)
    body = {"name": "Mine", "text": "No.", "version": 1}
    assert (await emma("PUT", path, body)).code == "forbidden"
    assert (await emma("DELETE", path)).code == "forbidden"
    own = (await emma("POST", PATH, shared | {"shared": False, "name": "Late"})).json
    lifted = await emma("PUT", f"{PATH}/{own['id']}", shared | {"version": 1})
    assert lifted.code == "forbidden"
    assert await names(emma) == ["Hours", "Late"]
    aude = await desk.person("aude")
    assert [(each["name"], each["mine"]) for each in (await aude("GET", PATH)).json["items"]] == [
        ("Hours", False)
    ]


async def test_two_edits_at_once(both) -> None:
    """The second is told who was quicker, and changes nothing."""
    sue, ada = await both.person("sue"), await both.person("ada")
    body = {"name": "Hours", "text": "From nine.", "shared": True}
    kept = (await sue("POST", PATH, body)).json
    path = f"{PATH}/{kept['id']}"
    first = await ada("PUT", path, body | {"text": "From ten.", "version": 1})
    assert (first.json["version"], first.json["changed_by"]) == (2, "agent:ada")
    second = await sue("PUT", path, body | {"text": "From eight.", "version": 1})
    assert (second.status, second.code) == (409, "changed_meanwhile")
    assert (second.json["by"], second.json["version"]) == ("agent:ada", 2)
    (stored_one,) = await rows(both, QuickReply)
    assert stored_one.text == "From ten."


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("a loop", {"text": "{% for a in b %}x{% endfor %}"}, "unsound_words"),
    ("an attribute", {"text": "{{ customer_name.__class__ }}"}, "unsound_words"),
    ("a call", {"text": "{{ range(9) }}"}, "unsound_words"),
    ("a filter", {"text": "{{ customer_name | safe }}"}, "unsound_words"),
    ("no end", {"text": "{% if customer_name %}x"}, "unsound_words"),
    ("script", {"text": "<script>alert(1)</script>"}, "unsound_words"),
    ("a direction turned", {"text": "abc\u202edef"}, "unsound_words"),
    ("a value of nobody", {"text": "{{ shoe_size }}"}, "unknown_place"),
    ("no locale", {"locale": "klingon"}, "unknown_locale"),
    ("no channel", {"channels": ["pigeon"]}, "unknown_channel"),
    ("nothing", {"text": "  "}, "invalid_value"),
    ("no name", {"name": " "}, "invalid_value"),
    ("a blank in the shortcut", {"shortcut": "a b"}, "invalid_value"),
    ("a megabyte", {"text": "x" * 1_000_000}, "invalid_value"),
    ("an unknown field", {"owner": "otto"}, "invalid_value"),
]


@pytest.mark.parametrize(("change", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
async def test_what_cannot_be_kept(desk, change: Any, code: str) -> None:
    """Each is refused by its name, and nothing is written."""
    emma = await desk.person("emma")
    answer = await emma("POST", PATH, {"name": "One", "text": "Hello."} | change)
    assert (answer.status, answer.code) == (422, code), answer.body
    assert await rows(desk, QuickReply) == []


async def test_a_shortcut_leads_to_one_thing(desk) -> None:
    """Of one owner; the desk's may be called as one's own is."""
    emma, sue = await desk.person("emma"), await desk.person("sue")
    body = {"name": "One", "text": "Hello.", "shortcut": "hi"}
    one = (await emma("POST", PATH, body)).json
    twice = await emma("POST", PATH, body | {"name": "Two"})
    assert (twice.code, twice.json["name"]) == ("shortcut_taken", "One")
    same = await emma("PUT", f"{PATH}/{one['id']}", body | {"version": 1})
    assert same.status == 200
    assert (await sue("POST", PATH, body | {"shared": True})).status == 201


async def test_pages(desk) -> None:
    """The list goes on behind its cursor."""
    emma = await desk.person("emma")
    for name in "abc":
        assert (await emma("POST", PATH, {"name": name, "text": "Hello."})).status == 201
    first = (await emma("GET", f"{PATH}?limit=2")).json
    assert [each["name"] for each in first["items"]] == ["a", "b"]
    last = (await emma("GET", f"{PATH}?limit=2&cursor={first['next']}")).json
    assert ([each["name"] for each in last["items"]], last["next"]) == (["c"], None)


async def test_what_is_used_is_counted(both) -> None:
    """With the reply that names it, once however often it is asked for; and shown with it."""
    emma, where = await both.person("emma"), await both.conversation()
    kept = (await emma("POST", PATH, {"name": "Hi", "text": "Hello."})).json
    reply = f"/api/v1/conversations/{where}/reply"
    made_of = {"text": "Hello.", "quick_reply": kept["id"], "template": "out-of-hours"}
    for _ in range(2):
        answer = await emma("POST", reply, made_of, headers={"Idempotency-Key": "once"})
        assert answer.status == 202, answer.body
    assert (await emma("POST", reply, {"text": "Plainly."})).status == 202
    assert (await emma("POST", reply, made_of | {"quick_reply": "gone"})).status == 202
    (shown,) = (await emma("GET", PATH)).json["items"]
    assert (shown["used"]["times"], shown["used"]["last_by"]) == (1, "agent:emma")
    listed = (await emma("GET", "/api/v1/templates?limit=200")).json["items"]
    used = {each["name"]: each["used"]["times"] for each in listed if each["used"]}
    assert used == {"out_of_hours": 2}
    refused = await emma("POST", reply, made_of | {"text": ""})
    assert refused.status == 422
    now = both.parley.store.clock.now_ms()
    assert sorted(each.times(now) for each in await rows(both, Usage)) == [1, 2]
    assert (await emma("DELETE", f"{PATH}/{kept['id']}")).status == 204
    assert [each.name for each in await rows(both, Usage)] == ["out_of_hours"]
