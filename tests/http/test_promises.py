"""Promises through the agents' doors: made, listed, kept, withdrawn, told to who follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.clock import DAY_MS, HOUR_MS, parse_rfc3339
from gateway.domain.promise import Promise
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.test_calls import facts, rows
from tests.http.test_live import frames, hello


@pytest.fixture(params=ENGINES, name="both")
async def _both(tmp_path, request):
    """A desk on either engine."""
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        yield opened


def at(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


async def test_a_promise_from_the_making_to_the_end(both) -> None:
    """Made with an instant, listed for its owner, kept by the next reply that is a while later."""
    emma, where = await both.person("emma"), await both.conversation()
    path = f"/api/v1/conversations/{where}/promises"
    made = await emma("POST", path, {"text": "the tracking number", "due": at(hours=3)})
    assert made.status == 201, made.body
    promise = made.json
    assert (promise["owner"], promise["state"], promise["by"]) == ("emma", "open", "agent:emma")
    mine = (await emma("GET", "/api/v1/promises?mine=true")).json["items"]
    assert mine == [promise]
    row = (await emma("GET", f"/api/v1/conversations/{where}")).json["promise"]
    assert row == {
        "id": promise["id"],
        "owner": "emma",
        "state": "open",
        "due": promise["due"],
        "warned": False,
    }
    reply = await emma("POST", f"/api/v1/conversations/{where}/reply", {"text": "One moment."})
    assert reply.status == 202
    await both.until(lambda: both.hook.sent)
    assert (await emma("GET", "/api/v1/promises?mine=true")).json["items"] == [promise]
    kept = await emma("POST", f"/api/v1/promises/{promise['id']}/keep", {"reason": " by parcel "})
    assert (kept.json["state"], kept.json["reason"]) == ("kept", "by parcel")
    assert (await emma("GET", "/api/v1/promises")).json["items"] == []
    every = await emma("GET", "/api/v1/promises?live=false")
    assert every.json["items"] == [kept.json]
    again = await emma("POST", f"/api/v1/promises/{promise['id']}/keep", {"reason": "twice"})
    assert (again.status, again.code) == (409, "promise_over")
    assert [f.state for f in await facts(both, "promise.ended")] == ["kept"]


async def test_a_reply_that_promises(desk) -> None:
    """Words and promise are written together; a promise that cannot be lets no words go."""
    emma, where = await desk.person("emma"), await desk.conversation()
    path = f"/api/v1/conversations/{where}/reply"
    wrong = {"text": "Yesterday.", "promise": {"due": at(hours=-1)}}
    refused = await emma("POST", path, wrong)
    assert (refused.status, refused.code) == (422, "promise_past")
    both = {"text": "Today.", "then": "resolve", "promise": {"within": "1h"}}
    assert (await emma("POST", path, both)).code == "promise_resolved"
    assert desk.hook.sent == []
    body = {"text": "Within a day.", "promise": {"text": "an answer", "within": "24h"}}
    headers = {"Idempotency-Key": "once"}
    first = await emma("POST", path, body, headers=headers)
    second = await emma("POST", path, body, headers=headers)
    assert first.json["message"]["id"] == second.json["message"]["id"]
    (promise,) = await rows(desk, Promise)
    assert promise.message == first.json["message"]["id"]
    assert promise.due - promise.made_at <= 86_400_000 < promise.due - promise.made_at + 2_000


WHENS: list[tuple[str, dict[str, Any], int, str]] = [
    ("words that name no time", {"when": "soon"}, 422, "promise_when"),
    ("words of the past", {"when": "2020-01-01"}, 422, "promise_when"),
    ("neither", {}, 422, "promise_when"),
    ("both", {"due": at(hours=1), "within": "1h"}, 422, "promise_when"),
    ("no offset", {"due": "2030-01-01T09:00:00"}, 422, "invalid_value"),
    ("no instant", {"due": "soon"}, 422, "invalid_value"),
    ("no span", {"within": "soon"}, 422, "promise_when"),
    ("a second language's digits", {"within": "٣h"}, 422, "promise_when"),
    ("a span of nothing", {"within": "0h"}, 422, "promise_when"),
    ("past", {"due": at(hours=-1)}, 422, "promise_past"),
    ("too far", {"within": "400d"}, 422, "promise_too_far"),
    ("in years", {"due": "9999-12-31T23:59:59Z"}, 422, "promise_too_far"),
    ("nobody", {"within": "1h", "owner": "nobody"}, 422, "unknown_agent"),
    ("a long text", {"within": "1h", "text": "x" * 501}, 422, "invalid_value"),
    ("an unknown field", {"within": "1h", "until": "x"}, 422, "invalid_value"),
]


@pytest.mark.parametrize(
    ("body", "status", "code"), [w[1:] for w in WHENS], ids=[w[0] for w in WHENS]
)
async def test_what_cannot_be_promised(desk, body: Any, status: int, code: str) -> None:
    """Each is refused by its name, and nothing is written."""
    emma, where = await desk.person("emma"), await desk.conversation()
    answer = await emma("POST", f"/api/v1/conversations/{where}/promises", body)
    assert (answer.status, answer.code) == (status, code), answer.body
    assert await rows(desk, Promise) == []


async def test_nothing_is_promised_in_the_name_of_who_has_left(desk) -> None:
    """They could not keep it: neither a promise of its own nor one of a reply is theirs."""
    ada, emma, where = (
        await desk.person("ada"),
        await desk.person("emma"),
        await desk.conversation(),
    )
    assert (await ada("PATCH", "/api/v1/users/otto", {"disabled": True})).status == 200
    asked = {"within": "1h", "owner": "otto"}
    path = f"/api/v1/conversations/{where}"
    for verb, body in (("promises", asked), ("reply", {"text": "Soon.", "promise": asked})):
        answer = await emma("POST", f"{path}/{verb}", body)
        assert (answer.status, answer.code) == (422, "disabled_owner"), answer.body
    assert await rows(desk, Promise) == []
    assert desk.hook.sent == []


async def test_who_may_see_and_end_them(desk) -> None:
    """What is out of sight does not exist: no list tells of it, and nobody ends it."""
    emma, otto = await desk.person("emma"), await desk.person("otto")
    where = await desk.conversation()
    made = await emma("POST", f"/api/v1/conversations/{where}/promises", {"within": "1h"})
    promise = made.json["id"]
    assert (await otto("GET", "/api/v1/promises")).json["items"] == []
    for what in ("keep", "withdraw"):
        hidden = await otto("POST", f"/api/v1/promises/{promise}/{what}", {"reason": "r"})
        assert hidden.status == 404
        for blank in ("", " ", "\u3000\n"):
            unsaid = await emma("POST", f"/api/v1/promises/{promise}/{what}", {"reason": blank})
            assert (unsaid.status, unsaid.code) == (422, "invalid_value")
    unknown = await emma("POST", "/api/v1/promises/none/keep", {"reason": "r"})
    assert unknown.status == 404


async def test_the_list_goes_by_pages(both) -> None:
    """The first due first; the cursor leads on, and filters hold on every page."""
    emma, sue = await both.person("emma"), await both.person("sue")
    where = await both.conversation()
    path = f"/api/v1/conversations/{where}/promises"
    for hours in (5, 1, 3):
        await emma("POST", path, {"text": str(hours), "within": f"{hours}h"})
    await sue("POST", path, {"text": "2", "within": "2h"})
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await emma("GET", f"/api/v1/promises?limit=2&cursor={cursor}")).json
        seen += [each["text"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["1", "2", "3", "5"]
    texts = []
    for query in (
        "mine=true",
        f"conversation={where}&owner=sue",
        "due_before=2000-01-01T00:00:00Z",
    ):
        found = (await emma("GET", f"/api/v1/promises?{query}")).json["items"]
        texts.append([each["text"] for each in found])
    assert texts == [["1", "3", "5"], ["2"], []]
    assert (await emma("GET", "/api/v1/promises?cursor=wrong")).code == "invalid_query"
    assert (await emma("GET", "/api/v1/promises?state=lost")).code == "invalid_query"


async def test_business_hours_count_by_the_queue(tmp_path) -> None:
    """Four hours of a queue that opens for one a week are more than three weeks."""
    day = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()  # it is never open just now
    hours = f"hours: {{weekly: {{weekly: {{{day}: ['09:00-10:00']}}}}}}\n"
    config = CONFIG.replace("support: {}", "support: {hours: weekly}") + hours
    async with open_desk(tmp_path, config=config) as desk:
        emma, where = await desk.person("emma"), await desk.conversation()
        path = f"/api/v1/conversations/{where}/promises"
        for within in ("4 business hours", "4 hours"):
            made = await emma("POST", path, {"within": within})
            assert made.status == 201, made.body
        promises = sorted(await rows(desk, Promise), key=lambda p: p.due)
        assert [(p.due - p.made_at) // DAY_MS >= 21 for p in promises] == [False, True]
        assert promises[1].due % DAY_MS == 10 * HOUR_MS, "when the queue closes"


async def test_the_composer_offers_what_is_typed(desk) -> None:
    """The check while typing tells the promise too; nothing is kept of it before somebody says."""
    emma, where = await desk.person("emma"), await desk.conversation()
    path = f"/api/v1/conversations/{where}"
    text = "Thank you. We will get back to you within 24 hours."
    found = (await emma("POST", f"{path}/courtesy", {"text": text})).json["promise"]
    assert text[found["start"] : found["end"]] == "24 hours"
    assert found["text"] == "We will get back to you within 24 hours"
    assert await rows(desk, Promise) == []
    due = parse_rfc3339(found["due"]) - desk.house.clock.now_ms()
    assert abs(due - DAY_MS) < 60_000
    nothing = await emma("POST", f"{path}/courtesy", {"text": "Thank you."})
    assert nothing.json["promise"] is None
    made = await emma("POST", f"{path}/promises", {"when": "48小时内"})
    assert made.status == 201, made.body


async def test_a_template_promises(desk) -> None:
    """The desk words the time and tells of it; sent along, words and promise are written as one."""
    emma, where = await desk.person("emma"), await desk.conversation()
    path = "/api/v1/templates/enquiry_checking/render"
    asked = {"locale": "en", "channel": "sms", "conversation": where}
    found = (await emma("POST", path, asked)).json
    assert found["promise"]["text"] in found["text"]
    body = {"text": found["text"], "promise": found["promise"]}
    sent = await emma("POST", f"/api/v1/conversations/{where}/reply", body)
    assert sent.status == 202, sent.body
    (promise,) = await rows(desk, Promise)
    assert promise.message == sent.json["message"]["id"]
    assert promise.text == found["promise"]["text"]
    assert parse_rfc3339(found["promise"]["due"]) == promise.due
    asked |= {"values": {"reply_by": at(hours=2)}}
    assert (await emma("POST", path, asked)).json["promise"] is None


async def test_followers_hear_of_it(desk) -> None:
    """The row that comes with the event says what the customer waits for."""
    emma, where = await desk.person("emma"), await desk.conversation()
    async with emma.socket() as socket:
        await hello(socket, desk.store.head())
        await emma("POST", f"/api/v1/conversations/{where}/promises", {"within": "1h"})
        (frame,) = await frames(socket, "event", 1)
    assert (frame["kind"], frame["body"]["owner"]) == ("promise.made", "emma")
    assert frame["row"]["promise"]["state"] == "open"
