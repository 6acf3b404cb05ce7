"""An agent's day over the API: lists, offers, answers, notes; and what is out of sight."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.http.conftest import open_desk
from tests.http.hook import HookAdapter


async def offer_of(desk, agent, conversation: str) -> str:
    """The offer of a conversation to an agent who is there."""

    async def found() -> str | None:
        items = (await agent("GET", "/api/v1/offers")).json["items"]
        mine = [o for o in items if o["conversation"]["id"] == conversation]
        return mine[0]["id"] if mine else None

    return str(await desk.until(found))


async def working(desk, login: str = "emma"):
    """An agent who is there."""
    agent = await desk.person(login)
    answer = await agent("PUT", "/api/v1/me/presence", {"presence": "available"})
    assert answer.status == 200, answer.body
    assert answer.json["presence"] == "available"
    return agent


async def test_from_offer_to_answer(desk) -> None:
    """Offered, accepted, answered, sent, seen in the timeline, resolved."""
    emma = await working(desk)
    conversation = await desk.conversation("Where is my order?")
    offer = await offer_of(desk, emma, conversation)
    accepted = await emma("POST", f"/api/v1/offers/{offer}/accept")
    assert accepted.status == 200
    assert accepted.json["assignment"]["conversation"] == conversation
    mine = (await emma("GET", "/api/v1/conversations?view=mine")).json["items"]
    assert [(r["id"], r["work"]["agent"]) for r in mine] == [(conversation, "emma")]
    sent = await emma(
        "POST", f"/api/v1/conversations/{conversation}/reply", {"text": "On its way."}
    )
    assert sent.status == 202
    message = sent.json["message"]
    assert (message["text"], message["author"]) == (
        "On its way.",
        {"kind": "agent", "id": "emma", "name": "Emma"},
    )
    await desk.until(lambda: desk.hook.sent)
    assert desk.hook.sent[0].recipient == "tel:+491"

    async def settled() -> bool:
        items = (await emma("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
        said = [(i["text"], i["state"]) for i in items if i["type"] == "message"]
        return said == [("Where is my order?", "received"), ("On its way.", "sent")]

    await desk.until(settled)
    done = await emma("POST", f"/api/v1/conversations/{conversation}/resolve")
    assert (done.status, done.json["status"]) == (200, "resolved")
    late = await emma("POST", f"/api/v1/conversations/{conversation}/reply", {"text": "Wait"})
    assert late.status == 409
    resolved = (await emma("GET", "/api/v1/conversations?view=resolved")).json["items"]
    assert [r["id"] for r in resolved] == [conversation]
    again = await emma("POST", f"/api/v1/conversations/{conversation}/reopen")
    assert again.json["status"] == "open"


async def test_an_offer_that_is_over(desk) -> None:
    """An offer can be declined once, and accepted by nobody after that."""
    emma = await working(desk)
    conversation = await desk.conversation("hello")
    offer = await offer_of(desk, emma, conversation)
    declined = await emma("POST", f"/api/v1/offers/{offer}/decline", {"reason": "lunch"})
    assert declined.status == 200
    late = await emma("POST", f"/api/v1/offers/{offer}/accept")
    assert (late.status, late.code) == (409, "offer_gone")
    sue = await desk.person("sue")
    assert (await sue("POST", f"/api/v1/offers/{offer}/accept")).status == 404, "it was Emma's"


async def test_take_and_pass_on(desk) -> None:
    """Work can be taken without an offer, and passed on with a note."""
    conversation = await desk.conversation("hello")
    emma = await working(desk)
    taken = await emma("POST", f"/api/v1/conversations/{conversation}/take")
    assert taken.status == 200, taken.body
    passed = await emma(
        "POST",
        f"/api/v1/conversations/{conversation}/transfer",
        {"to": "queue:other", "note": "She wants a refund."},
    )
    assert passed.status == 200, passed.body
    sue = await desk.person("sue")

    async def moved() -> bool:
        row = (await sue("GET", f"/api/v1/conversations/{conversation}")).json
        return row["work"] is not None and row["work"]["queue"] == "other"

    await desk.until(moved)
    items = (await sue("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
    notes = [i for i in items if i["type"] == "note"]
    assert [(n["text"], n["author"]["name"]) for n in notes] == [("She wants a refund.", "Emma")]
    bad = await sue("POST", f"/api/v1/conversations/{conversation}/transfer", {"to": "emma"})
    assert bad.code == "invalid_value"


async def test_taken_while_it_gathers(tmp_path, monkeypatch) -> None:
    """A conversation whose first messages still come in can be had; a resolved one cannot."""
    gathers = replace(HookAdapter.capabilities, gather_ms=60_000)
    monkeypatch.setattr(HookAdapter, "capabilities", gathers)
    async with open_desk(tmp_path) as desk:
        sue = await working(desk, "sue")
        await desk.receive("1", "Hello")
        [row] = (await sue("GET", "/api/v1/conversations")).json["items"]
        assert row["work"] is None
        path = f"/api/v1/conversations/{row['id']}"
        taken = await sue("POST", f"{path}/take")
        assert taken.status == 200, taken.body
        assert (taken.status, taken.json["assignment"]["conversation"]) == (200, row["id"])
        assert (await sue("GET", path)).json["work"]["agent"] == "sue"
        assert (await sue("POST", f"{path}/resolve")).status == 200

        async def over() -> bool:
            return (await sue("GET", path)).json["work"] is None

        await desk.until(over)
        late = await sue("POST", f"{path}/take")
        assert (late.status, late.code) == (409, "unknown_work")
        assert late.json["what_to_do"] == "Reopen it, or write to the customer."


async def test_out_of_sight(desk) -> None:
    """What is not in an agent's queues does not exist for them, by whatever address they ask."""
    conversation = await desk.conversation("secret words")
    otto, sue, olga = [await desk.person(login) for login in ("otto", "sue", "olga")]
    whole = (await sue("GET", f"/api/v1/conversations/{conversation}")).json
    contact, message = whole["contact"]["id"], None
    items = (await sue("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
    message = next(i["id"] for i in items if i["type"] == "message")
    doors = [
        ("GET", f"/api/v1/conversations/{conversation}", None),
        ("GET", f"/api/v1/conversations/{conversation}/timeline", None),
        ("GET", f"/api/v1/conversations/{conversation}/explain", None),
        ("POST", f"/api/v1/conversations/{conversation}/judgement", {"category": "order"}),
        ("POST", f"/api/v1/conversations/{conversation}/reply", {"text": "x"}),
        ("POST", f"/api/v1/conversations/{conversation}/courtesy", {"text": "x"}),
        ("POST", f"/api/v1/conversations/{conversation}/notes", {"text": "x"}),
        ("POST", f"/api/v1/conversations/{conversation}/status", {"verb": "resolve"}),
        ("POST", f"/api/v1/conversations/{conversation}/merge", {"into": conversation}),
        ("POST", f"/api/v1/conversations/{conversation}/split", {"from_message": message}),
        ("POST", f"/api/v1/conversations/{conversation}/take", None),
        ("POST", f"/api/v1/conversations/{conversation}/transfer", {"to": "queue:other"}),
        ("POST", f"/api/v1/conversations/{conversation}/typing", None),
        ("POST", f"/api/v1/conversations/{conversation}/read", {"seq": 1}),
        ("POST", f"/api/v1/messages/{message}/resend", None),
        ("POST", f"/api/v1/messages/{message}/arrived", None),
        ("POST", f"/api/v1/messages/{message}/withdraw", None),
        ("POST", f"/api/v1/messages/{message}/reroute", {"account": "hook", "identity": "tel:+1"}),
        ("GET", f"/api/v1/messages/{message}/html", None),
        ("GET", f"/api/v1/contacts/{contact}", None),
        ("POST", f"/api/v1/contacts/{contact}/merge", {"into": contact}),
        ("POST", f"/api/v1/contacts/{contact}/unmerge", None),
        ("PATCH", f"/api/v1/contacts/{contact}", {"name": "x"}),
        ("POST", "/api/v1/templates/greeting/render", {"conversation": conversation}),
    ]
    for method, path, body in doors:
        answer = await otto(method, path, body)
        assert (answer.status, answer.code) == (404, "not_found"), path
    for path in ("/api/v1/conversations", "/api/v1/contacts", "/api/v1/search?q=secret"):
        assert (await otto("GET", path)).json["items"] == [], path
    assert (await olga("GET", f"/api/v1/conversations/{conversation}")).code == "forbidden"

    async def indexed() -> bool:
        return bool((await sue("GET", "/api/v1/search?q=secret")).json["items"])

    await desk.until(indexed)
    assert (await otto("GET", "/api/v1/search?q=secret")).json["items"] == []


async def test_another_ones_address(desk) -> None:
    """An answer goes to this customer's addresses, and to no others."""
    mine = await desk.conversation("hello", sender="+491")
    await desk.conversation("hi", sender="+492")
    sue = await desk.person("sue")
    answer = await sue(
        "POST", f"/api/v1/conversations/{mine}/reply", {"text": "x", "identity": "tel:+492"}
    )
    assert (answer.status, answer.code) == (422, "foreign_address")


async def test_pages(desk) -> None:
    """Lists and timelines come in pages, whole and in order, whatever is written meanwhile."""
    for n in range(7):
        await desk.receive(f"k{n}", f"text {n}", sender=f"+49{n}")
    sue = await desk.person("sue")
    seen, cursor = [], ""
    while True:
        page = (await sue("GET", f"/api/v1/conversations?limit=3&cursor={cursor}")).json
        seen += [r["preview"]["text"] for r in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(seen) == [f"text {n}" for n in range(7)]
    assert len(set(seen)) == 7
    conversation = (await sue("GET", "/api/v1/conversations?limit=1")).json["items"][0]["id"]
    for n in range(10):
        await sue("POST", f"/api/v1/conversations/{conversation}/notes", {"text": f"note {n}"})
    back, before = [], 10_000
    while True:
        page = (
            await sue(
                "GET", f"/api/v1/conversations/{conversation}/timeline?before={before}&limit=4"
            )
        ).json
        back = page["items"] + back
        before = back[0]["seq"]
        if not page["more"]:
            break
    assert [i["text"] for i in back if i["type"] == "note"] == [f"note {n}" for n in range(10)]
    on, after = [], 0
    while True:
        page = (
            await sue("GET", f"/api/v1/conversations/{conversation}/timeline?after={after}&limit=4")
        ).json
        on += page["items"]
        after = on[-1]["seq"]
        if not page["more"]:
            break
    assert on == back
    for query in ("limit=0", "limit=201", "limit=x", "view=theirs", "cursor=zzz", "vew=all"):
        answer = await sue("GET", f"/api/v1/conversations?{query}")
        assert (answer.status, answer.code) == (400, "invalid_query"), query


async def test_once(desk) -> None:
    """The same Idempotency-Key gives the same answer, and does the thing once."""
    conversation = await desk.conversation("hello")
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}"
    key = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(
        *(sue("POST", f"{path}/reply", {"text": "Once."}, headers=key) for _ in range(8))
    )
    assert {a.status for a in answers} == {202}
    assert len({a.json["message"]["id"] for a in answers}) == 1
    other = await sue("POST", f"{path}/reply", {"text": "Twice."}, headers=key)
    assert (other.status, other.code) == (422, "idempotency_mismatch")
    notes = [
        await sue("POST", f"{path}/notes", {"text": "n"}, headers={"Idempotency-Key": "k-2"})
        for _ in range(3)
    ]
    assert len({n.json["id"] for n in notes}) == 1
    assert {n.status for n in notes} == {201}
    path = f"/api/v1/conversations/{await desk.conversation('again', sender='+492')}"
    emma = await working(desk)
    takes = [
        await emma("POST", f"{path}/take", headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    ]
    assert [t.status for t in takes] == [200, 200], (
        "another's key is not ours, and taking twice is once"
    )
    assert takes[0].json == takes[1].json
    again = await emma("POST", f"{path}/take")
    assert again.status == 409
    there = {"Idempotency-Key": "k-3"}
    await emma("PUT", "/api/v1/me/presence", {"presence": "busy"}, headers=there)
    away = await emma("PUT", "/api/v1/me/presence", {"presence": "offline"}, headers=there)
    assert (away.status, away.code) == (422, "idempotency_mismatch")
    assert (await emma("GET", "/api/v1/session")).json["presence"] == "busy"
    empty = await sue(
        "POST", f"{path}/notes", {"text": "n"}, headers={"Idempotency-Key": "x" * 300}
    )
    assert empty.code == "invalid_value"


BODIES = [
    (b"{", 400, "invalid_json"),
    (b"[" * 100_000, 422, "invalid_value"),
    (b'{"text": 1}', 422, "invalid_value"),
    (b'{"txt": "x"}', 422, "invalid_value"),
    (b'{"text": "x", "by": "ada"}', 422, "invalid_value"),
    (b'\xff\xfe"', 400, "invalid_json"),
    (b"{}", 422, "invalid_value"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES)
async def test_bodies(desk, body, status, code) -> None:
    """A body of the wrong shape is refused in words, whatever is wrong with it."""
    conversation = await desk.conversation("hello")
    sue = await desk.person("sue")
    answer = await sue(
        "POST",
        f"/api/v1/conversations/{conversation}/notes",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status, answer.code) == (status, code)


async def test_refusals_of_a_reply(desk) -> None:
    """What does not fit the channel is refused to the writer's face, with the numbers."""
    conversation = await desk.conversation("hello")
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}/reply"
    long = await sue("POST", path, {"text": "word " * 33})
    assert (long.status, long.code) == (422, "too_long")
    assert long.json["max_units"] == 160
    assert "Shorten" in long.json["what_to_do"]
    nothing = await sue("POST", path, {"text": "  "})
    assert (nothing.status, nothing.code) == (422, "empty")
    nowhere = await sue("POST", path, {"text": "x", "account": "pigeon"})
    assert (nowhere.status, nowhere.code) == (404, "unknown_account")
    unknown = await sue("POST", path, {"text": "x", "attachments": ["0" * 64]})
    assert (unknown.status, unknown.code) == (422, "unknown_upload")
    lines = await sue("POST", path, {"text": "x", "subject": "Hi\r\nBcc: eve@example.org"})
    assert (lines.status, lines.code) == (422, "bad_subject")
    for body in ({"account": "shop"}, {"account": "shop", "identity": "tel:+491"}):
        away = await sue("POST", path, {"text": "x"} | body)
        assert (away.status, away.code) == (422, "out_of_reach")
        assert away.json["what_to_do"]


async def test_contacts(desk) -> None:
    """What we know of a person can be found, read and corrected."""
    conversation = await desk.conversation("hello", sender="+4917", name="Wang Fang")
    sue = await desk.person("sue")
    found = (await sue("GET", "/api/v1/contacts?q=wang")).json["items"]
    assert [c["name"] for c in found] == ["Wang Fang"]
    contact = found[0]["id"]
    by_number = (await sue("GET", "/api/v1/contacts?q=4917")).json["items"]
    assert [c["id"] for c in by_number] == [contact]
    edited = await sue(
        "PATCH", f"/api/v1/contacts/{contact}", {"vip": True, "attributes": {"size": "M"}}
    )
    assert (edited.json["vip"], edited.json["attributes"]) == (True, {"size": "M"})
    assert [c["id"] for c in edited.json["conversations"]] == [conversation]
    assert edited.json["identities"][0]["urn"] == "tel:+4917"
    whole = (await sue("GET", f"/api/v1/conversations/{conversation}")).json
    assert whole["contact"]["vip"] is True
    assert whole["channels"] == [
        {
            "account": "hook",
            "channel": "hook",
            "identity": "tel:+4917",
            "address": "+4917",
            "usable": True,
            "why_not": None,
            "holds": False,
            "window_closes_at": None,
            "messages_left": None,
        }
    ]
    assert whole["can"]["reply"] is True
    aude = await desk.person("aude")
    assert (await aude("GET", f"/api/v1/conversations/{conversation}")).json["can"][
        "reply"
    ] is False


async def test_the_desk_at_a_glance(desk) -> None:
    """Queues, agents and channels as they are now."""
    await desk.conversation("hello")
    await working(desk, "otto")
    sue = await desk.person("sue")
    queues = {q["id"]: q for q in (await sue("GET", "/api/v1/queues")).json["items"]}
    assert (queues["support"]["waiting"], queues["support"]["agents_available"]) == (1, 0)
    assert (queues["other"]["waiting"], queues["other"]["agents_available"]) == (0, 1)
    assert queues["support"]["open_now"] is True
    assert queues["support"]["longest_wait_ms"] >= 0
    agents = {a["login"]: a for a in (await sue("GET", "/api/v1/agents")).json["items"]}
    assert (agents["otto"]["presence"], agents["otto"]["name"]) == ("available", "Otto")
    assert agents["emma"]["presence"] == "offline"
    channels = {c["account"]: c for c in (await sue("GET", "/api/v1/channels")).json["items"]}
    assert channels["hook"]["ok"] is True
    assert channels["hook"]["last_inbound_at"] is not None
    assert channels["shop"]["last_inbound_at"] is None
    queue = (await sue("GET", "/api/v1/conversations?queue=other")).json["items"]
    assert queue == []
    by_channel = (await sue("GET", "/api/v1/conversations?channel=hook")).json["items"]
    assert len(by_channel) == 1


async def test_why(desk) -> None:
    """The why-card says what was decided and what comes next."""
    emma = await working(desk)
    conversation = await desk.conversation("hello")
    await offer_of(desk, emma, conversation)
    card = (await emma("GET", f"/api/v1/conversations/{conversation}/explain")).json
    assert card["work"]["state"] == "offered"
    assert [d["kind"] for d in card["decisions"]][:2] == ["work.changed", "offer.changed"]
    assert "offer_expires" in [n["what"] for n in card["next"]]
    assert card["why"]["queue"] == "support"


async def test_what_it_is_taken_for(desk) -> None:
    """With its reasons and the rules that were tried; an agent's correction is told to all."""
    emma = await working(desk)
    conversation = await desk.conversation("Where is my parcel? The tracking does not move.")
    path = f"/api/v1/conversations/{conversation}"
    judged = (await emma("GET", f"{path}/explain")).json["judgement"]
    assert (judged["category"], judged["language"], judged["by"]) == ("order", "en", "model:1")
    assert judged["reasons"][0]["piece"].strip() in "where is my parcel? the tracking"
    assert judged["tried"] == []
    corrected = await emma("POST", f"{path}/judgement", {"category": "complaint", "anger": 2})
    assert corrected.status == 200, corrected.body

    async def known() -> bool:
        row = (await emma("GET", path)).json["judgement"]
        found = row["category"], row["anger"], row["urgency"], row["by"]
        return found == ("complaint", 2, 0, "agent:emma")

    await desk.until(known)
    items = (await emma("GET", f"{path}/timeline")).json["items"]
    kinds = [item["kind"] for item in items if item["type"] == "event"]
    assert kinds.count("conversation.judged") == 2
    assert "conversation.corrected" in kinds
    assert (await emma("GET", path)).json["judgement"]["program"] == ""
    ada = await desk.person("ada")
    asked = {"name": "Triage", "scopes": ["conversation:read:all", "conversation:write"]}
    secret = (await ada("POST", "/api/v1/tokens", asked)).json["secret"]
    program = type(ada)(desk, {"Authorization": f"Bearer {secret}"})
    said = await program("POST", f"{path}/judgement", {"category": "order"})
    assert said.status == 200, said.body

    async def named() -> bool:
        return bool((await emma("GET", path)).json["judgement"]["program"] == "Triage")

    await desk.until(named)
    assert (await emma("GET", f"{path}/explain")).json["judgement"]["program"] == "Triage"
    for bad in ({}, {"category": "spam"}, {"anger": 4}):
        assert (await emma("POST", f"{path}/judgement", bad)).status in (400, 422), bad


async def test_a_choice_names_whom_it_passed_over(desk) -> None:
    """Each offer says why it went to that agent, also when it is over."""
    emma = await working(desk)
    conversation = await desk.conversation("hello")
    offer = await offer_of(desk, emma, conversation)
    await emma("POST", f"/api/v1/offers/{offer}/decline")
    card = (await emma("GET", f"/api/v1/conversations/{conversation}/explain")).json
    made, *_again = [d for d in card["decisions"] if d["body"].get("what") == "created"]
    assert (made["body"]["agent"], made["why"]["queue"]) == ("emma", "support")
    assert made["why"]["named"] == [{"agent": "sue", "reason": "offline"}]


async def test_templates(desk) -> None:
    """The words of the house, with their values; a missing one is named."""
    conversation = await desk.conversation("hello", name="Ms Reed")
    sue = await desk.person("sue")
    listed = (await sue("GET", "/api/v1/templates?locale=en&channel=sms&limit=100")).json["items"]
    assert "greeting" in [t["name"] for t in listed]
    assert not [t["name"] for t in listed if t["name"].startswith("voice_")]
    spoken = (await sue("GET", "/api/v1/templates?locale=en&channel=voice&limit=100")).json["items"]
    assert "voice_hold" in [t["name"] for t in spoken]
    (apology,) = [t for t in listed if t["name"] == "apology"]
    assert {"sorry", "道歉", "致歉", "对不起", "對不起"} <= set(apology["keywords"])
    filled = await sue(
        "POST",
        "/api/v1/templates/acknowledged/render",
        {"locale": "en", "channel": "hook", "conversation": conversation},
    )
    assert filled.status == 200
    assert "Ms Reed" in filled.json["text"]
    unknown = await sue("POST", "/api/v1/templates/nonsense/render", {})
    assert unknown.status == 404
    bad = await sue(
        "POST", "/api/v1/templates/acknowledged/render", {"values": {"reply_by": "soon"}}
    )
    assert (bad.status, bad.code, bad.json["name"]) == (422, "bad_value", "reply_by")


async def test_a_desk_speaks_its_own_words(tmp_path) -> None:
    """What lies in `words` of the configuration is listed and rendered in the place of ours."""
    folder = tmp_path / "config" / "words" / "en"
    folder.mkdir(parents=True)
    front = "---\npurpose: our own\nvariables: {desk_name: {example: x}}\n---\n"
    (folder / "closing.md").write_text(front + "Farewell from {{ desk_name }}.")
    async with open_desk(tmp_path) as desk:
        sue = await desk.person("sue")
        path = "/api/v1/templates/closing/render"
        filled = await sue("POST", path, {"locale": "en", "values": {"desk_name": "Dawn"}})
        assert filled.json["text"] == "Farewell from Dawn."
        listed = (await sue("GET", "/api/v1/templates?locale=en")).json["items"]
        assert {t["name"]: t["purpose"] for t in listed}["closing"] == "our own"


async def test_a_slip_in_what_a_template_is_told_is_named(desk) -> None:
    """A value or a locale that the template does not know, or a value of the wrong kind, is 422."""
    conversation = await desk.conversation("hello", name="Ms Reed")
    sue = await desk.person("sue")
    path = "/api/v1/templates/acknowledged/render"
    for asked, name in [
        ({"values": {"nope": "1"}}, "nope"),
        ({"values": {"reference": 5}}, "reference"),
        ({"locale": "xx"}, "locale"),
    ]:
        refused = await sue("POST", path, asked)
        assert (refused.status, refused.code, refused.json["name"]) == (422, "bad_value", name)
    customers = await sue("POST", path, {"locale": "xx", "conversation": conversation})
    assert customers.status == 200, "their language is nobody's slip"


async def test_only_agents_have_presence(desk) -> None:
    """Somebody whom the rulebook does not know as an agent is told so."""
    ada = await desk.person("ada")
    answer = await ada("PUT", "/api/v1/me/presence", {"presence": "available"})
    assert (answer.status, answer.code) == (409, "unknown_agent")


async def test_a_reply_names_a_template_that_there_is(desk) -> None:
    """What it was made of is kept with a message, so it must be true."""
    conversation = await desk.conversation("hello")
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}/reply"
    answer = await sue("POST", path, {"text": "Hi", "template": "nonsense"})
    assert (answer.status, answer.code) == (422, "unknown_template")
    assert (await sue("POST", path, {"text": "Hi", "template": "greeting"})).status == 202


async def test_sending_is_paused(desk) -> None:
    """Whoever may pauses all that goes out; what is written waits, and goes when it is resumed."""
    emma = await working(desk)
    ada = await desk.person("ada")
    paused = await ada("PUT", "/api/v1/sending", {"paused": True})
    assert (paused.status, paused.json["paused"]) == (200, True)
    assert (await emma("GET", "/api/v1/session")).json["desk"]["sending_paused"] is True
    conversation = await desk.conversation("Where is my order?")
    offer = await offer_of(desk, emma, conversation)
    await emma("POST", f"/api/v1/offers/{offer}/accept")
    written = await emma(
        "POST", f"/api/v1/conversations/{conversation}/reply", {"text": "On its way."}
    )
    assert written.status == 202, written.body

    async def state_of() -> str:
        items = (await emma("GET", f"/api/v1/conversations/{conversation}/timeline")).json["items"]
        ours = [i["state"] for i in items if i["type"] == "message" and i["text"] == "On its way."]
        return str(ours[0])

    assert await state_of() == "queued"
    assert (await emma("PUT", "/api/v1/sending", {"paused": False})).status == 403
    assert (await ada("PUT", "/api/v1/sending", {"paused": False})).json == {
        "paused": False,
        "since": None,
    }

    async def gone() -> bool:
        return await state_of() == "sent"

    await desk.until(gone)
