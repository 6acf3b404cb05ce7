"""Merging over the API: two contacts become one person, and are parted again."""

from typing import Any

import pytest

from gateway.http.api import offers
from gateway.http.writes import ask
from tests.http.test_chat import conversation_of, hello, say, some, visit
from tests.http.test_desk import working

ONE, TWO = "+491", "+492"


async def contact_of(desk, who, conversation: str) -> str:
    """Whom a conversation is with."""
    return (await who("GET", f"/api/v1/conversations/{conversation}")).json["contact"]["id"]


async def two_people(desk):
    """A supervisor, two conversations and whom they are with."""
    elder = await desk.conversation("my order", sender=ONE, name="Wang Fang")
    younger = await desk.conversation("hello from my phone", sender=TWO, name="W. Fang")
    sue = await desk.person("sue")
    people = [await contact_of(desk, sue, c) for c in (elder, younger)]
    return sue, (elder, younger), people


async def test_two_are_one_and_two_again(desk) -> None:
    """One person with both addresses and all conversations; parted, each has their own."""
    sue, (elder, younger), (stays, merged) = await two_people(desk)
    answer = await sue("POST", f"/api/v1/contacts/{merged}/merge", {"into": stays})
    assert answer.status == 200, answer.body
    assert answer.json["id"] == stays
    assert answer.json["merged"] == [{"id": merged, "name": "W. Fang", "into": stays}]
    addresses = {i["urn"]: i["contact"] for i in answer.json["identities"]}
    assert addresses == {"tel:+491": stays, "tel:+492": merged}
    assert {c["id"] for c in answer.json["conversations"]} == {elder, younger}
    gone = (await sue("GET", f"/api/v1/conversations/{younger}")).json
    assert (gone["status"], gone["continued_in"]) == ("resolved", elder)
    assert gone["contact"]["id"] == stays
    assert {c["id"] for c in gone["contact"]["conversations"]} == {elder, younger}
    told = (await sue("GET", f"/api/v1/conversations/{elder}/timeline")).json["items"]
    lines = {i["kind"]: i["body"] for i in told if i["type"] == "event"}
    assert lines["conversation.joined"]["conversation"] == younger
    assert lines["contact.merged"]["contact"] == merged
    assert await desk.conversation("and another thing", sender=TWO) == elder
    parted = await sue("POST", f"/api/v1/contacts/{merged}/unmerge")
    assert (parted.status, parted.json["id"]) == (200, merged), parted.body
    assert (await sue("GET", f"/api/v1/contacts/{stays}")).json["merged"] == []
    assert await contact_of(desk, sue, younger) == merged
    assert await desk.conversation("me again", sender=TWO) == younger
    assert await desk.conversation("me too", sender=ONE) == elder


async def test_what_was_meant_for_one_does_not_go_to_the_other(desk) -> None:
    """Once they are parted, a reply goes to its conversation's own person, or not at all."""
    sue, (elder, _), (stays, merged) = await two_people(desk)
    await sue("POST", f"/api/v1/contacts/{merged}/merge", {"into": stays})
    assert await desk.conversation("and another thing", sender=TWO) == elder
    path = f"/api/v1/conversations/{elder}/reply"
    together = await sue("POST", path, {"text": "With pleasure."})
    assert together.json["message"]["identity"] == f"tel:{TWO}"
    await sue("POST", f"/api/v1/contacts/{merged}/unmerge")
    named = await sue("POST", path, {"text": "Your thing.", "identity": f"tel:{TWO}"})
    assert (named.status, named.code) == (422, "foreign_address")
    unnamed = await sue("POST", path, {"text": "Your order."})
    assert unnamed.json["message"]["identity"] == f"tel:{ONE}", unnamed.body


async def test_who_looks_for_either_finds_the_person(desk) -> None:
    """By a name or an address of either; in the list of people and in that of conversations."""
    sue, (_, younger), (stays, merged) = await two_people(desk)
    await sue("POST", f"/api/v1/contacts/{merged}/merge", {"into": stays})
    emma, otto = await desk.person("emma"), await desk.person("otto")
    for who, words, seen in (
        (sue, "wang", [stays]),
        (sue, "w.", [stays]),
        (emma, "492", [stays]),  # who sees the queue that theirs are in
        (emma, "4911", []),
        (otto, "wang", []),
    ):
        found = (await who("GET", f"/api/v1/contacts?q={words}")).json["items"]
        assert [c["id"] for c in found] == seen, words
    rows = (await sue("GET", "/api/v1/conversations?view=resolved&q=wang")).json["items"]
    assert [(r["id"], r["contact"]["name"]) for r in rows] == [(younger, "Wang Fang")]

    async def said() -> list[str]:
        hits = (await sue("GET", "/api/v1/search?q=phone")).json["items"]
        return [hit["conversation"]["contact"]["id"] for hit in hits]

    assert await desk.until(said) == [stays]
    hits = (await emma("GET", "/api/v1/search?q=fang")).json["items"]
    assert {h["contact"] for h in hits if h["type"] == "contact"} == {stays, merged}
    assert (await otto("GET", "/api/v1/search?q=fang")).json["items"] == []


async def test_a_merge_is_done_once_under_its_key(desk) -> None:
    """The same key gives the same answer; merging again changes nothing either."""
    sue, _, (stays, merged) = await two_people(desk)
    path, body = f"/api/v1/contacts/{merged}/merge", {"into": stays}
    head = desk.store.head()
    for _ in range(2):
        answer = await sue("POST", path, body, headers={"Idempotency-Key": "k"})
        assert (answer.status, answer.json["id"]) == (200, stays)
    assert (await sue("POST", path, body)).status == 200
    told = [e for e in await desk.store.follow(head) if e.kind == "contact.merged"]
    assert len(told) == 1
    log = (await (await desk.person("ada"))("GET", "/api/v1/audit")).json["items"]
    mine = [(e["actor"], e["object"], e["detail"]) for e in log if e["action"] == "contact.merge"]
    assert mine == [("agent:sue", merged, f"into {stays}")]


async def test_the_word_for_who_has_it_next_goes_where_it_goes_on(desk, monkeypatch) -> None:
    """A colleague merges in the instant between the transfer and its note: the note is not lost."""
    _, (elder, younger), (stays, merged) = await two_people(desk)
    sue = await working(desk, "sue")
    path = f"/api/v1/conversations/{younger}"
    assert (await sue("POST", f"{path}/take")).status == 200

    async def merged_meanwhile(*asked: Any) -> Any:
        decision = await ask(*asked)
        answer = await sue("POST", f"/api/v1/contacts/{merged}/merge", {"into": stays})
        assert answer.status == 200, answer.body
        return decision

    monkeypatch.setattr(offers, "ask", merged_meanwhile)
    body = {"to": "queue:other", "note": "She wants a refund."}
    assert (await sue("POST", f"{path}/transfer", body)).status == 200
    items = (await sue("GET", f"/api/v1/conversations/{elder}/timeline")).json["items"]
    assert [i["text"] for i in items if i["type"] == "note"] == ["She wants a refund."]


@pytest.mark.parametrize("what", ["merge", "into", "unmerge"])
async def test_what_is_out_of_sight_is_not_found(desk, what: str) -> None:
    """An agent merges nobody, with nobody, of whom they see no conversation."""
    sue, (elder, _), (mine, theirs) = await two_people(desk)
    supervisor = await working(desk, "sue")
    await supervisor("POST", f"/api/v1/conversations/{elder}/take")
    await supervisor("POST", f"/api/v1/conversations/{elder}/transfer", {"to": "queue:other"})
    otto = await desk.person("otto")

    async def sees() -> bool:
        return (await otto("GET", f"/api/v1/contacts/{mine}")).status == 200

    await desk.until(sees)
    if what == "unmerge":
        answer = await otto("POST", f"/api/v1/contacts/{theirs}/unmerge")
    else:
        one, into = (theirs, mine) if what == "merge" else (mine, theirs)
        answer = await otto("POST", f"/api/v1/contacts/{one}/merge", {"into": into})
    assert (answer.status, answer.code) == (404, "not_found"), answer.body
    assert (await sue("GET", f"/api/v1/contacts/{mine}")).json["merged"] == []


@pytest.mark.parametrize("way", ["merge", "into"])
async def test_who_knows_somebody_of_old_ends_nothing_out_of_sight(desk, way: str) -> None:
    """An agent who had their other matter does not merge away what colleagues have open."""
    sue, (old, other), (known, mine) = await two_people(desk)
    supervisor = await working(desk, "sue")
    for each in (old, other):
        await supervisor("POST", f"/api/v1/conversations/{each}/take")
        await supervisor("POST", f"/api/v1/conversations/{each}/transfer", {"to": "queue:other"})
    await desk.conversation("a new matter", sender=ONE)
    said = await desk.until(lambda: _said(desk, sue, old, 2))
    path = f"/api/v1/conversations/{old}/split"
    made = await sue("POST", path, {"from_message": said["a new matter"]})
    assert made.status == 200, made.body
    otto = await desk.person("otto")

    new = f"/api/v1/conversations/{made.json['id']}"

    async def had() -> bool:
        return (await sue("GET", new)).json["work"] is not None

    await desk.until(had)
    sees = [(await otto("GET", path)).status for path in (f"/api/v1/conversations/{old}", new)]
    assert sees == [200, 404]
    one, into = (known, mine) if way == "merge" else (mine, known)
    answer = await otto("POST", f"/api/v1/contacts/{one}/merge", {"into": into})
    assert (answer.status, answer.code) == (404, "not_found"), answer.body
    assert (await sue("GET", new)).json["status"] == "open"
    assert (await sue("POST", f"/api/v1/contacts/{one}/merge", {"into": into})).status == 200


async def test_refusals_say_what_to_do(desk) -> None:
    """Merged into oneself, or never merged."""
    sue, _, (stays, _) = await two_people(desk)
    same = await sue("POST", f"/api/v1/contacts/{stays}/merge", {"into": stays})
    assert (same.status, same.code, bool(same.json["what_to_do"])) == (422, "same_contact", True)
    never = await sue("POST", f"/api/v1/contacts/{stays}/unmerge")
    assert (never.status, never.code, bool(never.json["what_to_do"])) == (409, "not_merged", True)


# --- conversations ---


async def messages_of(desk, who, conversation: str) -> dict[str, str]:
    """Ids by words, in order."""
    path = f"/api/v1/conversations/{conversation}/timeline"
    items = (await who("GET", path)).json["items"]
    return {i["text"]: i["id"] for i in items if i["type"] == "message"}


SAID_TOO_LATE: dict[str, dict[str, str]] = {
    "reply": {"text": "hm"},
    "notes": {"text": "hm"},
    "promises": {"text": "an answer", "within": "1h"},
    "status": {"verb": "hold"},
}


async def test_a_conversation_is_split_and_joined_again(desk) -> None:
    """The messages stand in the new one, which is found by them; joined, it goes on as before."""
    sue = await working(desk, "sue")
    old = await desk.conversation("about my order")
    await desk.receive("2", "and my bicycle")
    await desk.receive("3", "which is red")
    said = await desk.until(lambda: _said(desk, sue, old, 3))
    path = f"/api/v1/conversations/{old}/split"
    body, key = {"from_message": said["and my bicycle"]}, {"Idempotency-Key": "s"}
    made = await sue("POST", path, body, headers=key)
    assert made.status == 200, made.body
    new = made.json["id"]
    assert (made.json["status"], made.json["preview"]["text"]) == ("open", "which is red")
    assert (await sue("POST", path, body, headers=key)).json["id"] == new
    assert list(await messages_of(desk, sue, old)) == ["about my order"]
    assert list(await messages_of(desk, sue, new)) == ["and my bicycle", "which is red"]

    async def had() -> bool:
        work = (await sue("GET", f"/api/v1/conversations/{new}")).json["work"]
        return work is not None and work["agent"] == "sue"

    await desk.until(had)
    over = (await sue("GET", f"/api/v1/conversations/{old}")).json
    assert (over["status"], over["continued_in"], over["work"]) == ("resolved", None, None)

    async def found() -> list[str]:
        hits = (await sue("GET", "/api/v1/search?q=bicycle")).json["items"]
        return [h["conversation"]["id"] for h in hits if h["conversation"]["id"] == new]

    assert await desk.until(found) == [new]
    sent = await sue("POST", f"/api/v1/conversations/{new}/reply", {"text": "It is."})
    assert sent.status == 202
    again = await sue("POST", f"/api/v1/conversations/{old}/merge", {"into": new})
    assert (again.status, again.json["id"]) == (200, new), again.body
    for what, body in SAID_TOO_LATE.items():
        refused = await sue("POST", f"/api/v1/conversations/{old}/{what}", body)
        assert (refused.status, refused.code) == (409, "continued"), what
        assert refused.json["conversation"] == new


async def _said(desk, who, conversation: str, number: int) -> dict[str, str] | None:
    said = await messages_of(desk, who, conversation)
    return said if len(said) == number else None


async def test_what_cannot_be_joined_or_split(desk) -> None:
    """Other people's, what is out of sight, and what is not there."""
    sue, (elder, younger), (stays, merged) = await two_people(desk)
    path = f"/api/v1/conversations/{elder}"
    other = await sue("POST", f"{path}/merge", {"into": younger})
    assert (other.status, other.code) == (409, "other_person")
    assert (other.json["contact"], other.json["into"]) == (stays, merged)
    assert "merge the contacts" in other.json["what_to_do"]
    nowhere = await sue("POST", f"{path}/merge", {"into": "nope"})
    assert (nowhere.status, nowhere.code) == (404, "not_found")
    theirs = (await messages_of(desk, sue, younger)).popitem()[1]
    strange = await sue("POST", f"{path}/split", {"from_message": theirs})
    assert (strange.status, strange.code) == (404, "not_found")
    first = (await messages_of(desk, sue, elder)).popitem()[1]
    whole = await sue("POST", f"{path}/split", {"from_message": first})
    assert (whole.status, whole.code) == (422, "from_the_first")


async def test_a_visitor_keeps_their_words(desk) -> None:
    """Who loads the page anew after a merge or a split sees all that was said, and no other's."""
    sue = await desk.person("sue")
    elder = await desk.conversation("by text, for nobody else's eyes")
    async with visit(desk) as ws:
        token = (await hello(ws))["token"]
        for n, words in enumerate(("hello", "is the lamp in stock?", "and the flask?")):
            await say(ws, f"c{n}", words)
    chat = await conversation_of(desk, "and the flask?")

    async def seen() -> list[str]:
        async with visit(desk) as again:
            await hello(again, token)
            return [m["text"] for m in await some(again, "message", 3)]

    whole = ["hello", "is the lamp in stock?", "and the flask?"]
    assert await seen() == whole
    items = (await sue("GET", f"/api/v1/conversations/{chat}/timeline")).json["items"]
    last = next(i["id"] for i in items if i.get("text") == "and the flask?")
    split = await sue("POST", f"/api/v1/conversations/{chat}/split", {"from_message": last})
    assert split.status in (200, 201), split.body
    assert await seen() == whole
    theirs, into = await contact_of(desk, sue, chat), await contact_of(desk, sue, elder)
    merged = await sue("POST", f"/api/v1/contacts/{theirs}/merge", {"into": into})
    assert merged.status == 200, merged.body
    assert await seen() == whole
