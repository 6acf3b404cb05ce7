"""Replies for later through the agents' doors: written, listed, changed, called off, sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.promise import Promise
from gateway.domain.scheduled import Scheduled
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


async def written(visit, where: str, text: str = "Good morning.", **more: Any) -> Any:
    """A reply for later; what waits."""
    body = {"text": text, "send_at": at(hours=1)} | more
    answer = await visit("POST", f"/api/v1/conversations/{where}/reply", body)
    assert answer.status == 202, answer.body
    assert answer.json["message"] is None
    return answer.json["scheduled"]


async def listed(visit, query: str = "") -> list[Any]:
    return list((await visit("GET", f"/api/v1/scheduled{query}")).json["items"])


async def test_from_the_writing_to_the_customer(both) -> None:
    """Written for in a moment, listed until then, said then by the ordinary path, and told of."""
    emma, where = await both.person("emma"), await both.conversation()
    kept = await written(emma, where, "See you.", send_at=at(seconds=5.5), unless_answered=True)
    assert (kept["state"], kept["unless_answered"], kept["version"]) == ("waiting", True, 1)
    assert (kept["author"]["id"], kept["by"]) == ("emma", "agent:emma")
    assert await listed(emma, f"?conversation={where}") == [kept]
    await emma("POST", f"/api/v1/conversations/{where}/reply", {"text": "Now."})
    await both.until(lambda: len(both.hook.sent) == 2, seconds=20)
    assert [message.text for message in both.hook.sent] == ["Now.", "See you."]
    assert await listed(emma) == []
    (gone,) = await listed(emma, "?live=false")
    assert (gone["state"], gone["ended_by"]) == ("sent", "")
    line = await emma("GET", f"/api/v1/conversations/{where}/timeline")
    said = {item["id"]: item["text"] for item in line.json["items"] if item["type"] == "message"}
    assert said[gone["message"]] == "See you."
    kinds = [item["kind"] for item in line.json["items"] if item["type"] == "event"]
    assert [kind for kind in kinds if kind.startswith("reply.")] == [
        "reply.scheduled",
        "reply.unscheduled",
    ]


async def test_the_customer_is_quicker(both) -> None:
    """A follow-up ends with the customer's word, and everybody who looks on hears it at once."""
    emma, where = await both.person("emma"), await both.conversation()
    await written(emma, where, unless_answered=True)
    async with emma.socket() as socket:
        await hello(socket)
        await both.receive("again", "I found it")
        told: dict[str, Any] = {}
        while told.get("kind") != "reply.unscheduled":
            (told,) = await frames(socket, "event", 1)
    assert (told["body"]["state"], told["body"]["reason"]) == ("cancelled", "answered")
    assert await listed(emma) == []


async def test_changed_by_two(both) -> None:
    """The second is told who was quicker, and changes nothing; words are whose who wrote them."""
    emma, sue = await both.person("emma"), await both.person("sue")
    where = await both.conversation()
    kept = await written(emma, where)
    path = f"/api/v1/scheduled/{kept['id']}"
    moved = await emma("PATCH", path, {"version": 1, "send_at": at(hours=3)})
    assert (moved.json["version"], moved.json["text"]) == (2, "Good morning.")
    stale = await sue("PATCH", path, {"version": 1, "text": "Good evening."})
    assert (stale.status, stale.code) == (409, "changed_meanwhile")
    assert stale.json["version"] == 2
    worded = await sue(
        "PATCH", path, {"version": 2, "text": "Good evening.", "unless_answered": True}
    )
    assert (worded.json["author"]["id"], worded.json["unless_answered"]) == ("sue", True)
    assert worded.json["send_at"] == moved.json["send_at"]
    assert await listed(emma, "?mine=true") == []
    assert len(await facts(both, "reply.rescheduled")) == 2
    stale = await emma("POST", f"{path}/send", {"version": 2})
    assert stale.code == "changed_meanwhile"
    sent = await emma("POST", f"{path}/send", {"version": 3})
    assert (sent.status, sent.json["state"], sent.json["author"]["id"]) == (202, "sent", "emma")
    await both.until(lambda: both.hook.sent)
    over = await sue("POST", f"{path}/cancel")
    assert (over.status, over.code) == (409, "scheduled_over")


async def test_one_press_is_one(desk) -> None:
    """The same key waits once, and answers as before; another request under it is none."""
    emma, where = await desk.person("emma"), await desk.conversation()
    path, key = f"/api/v1/conversations/{where}/reply", {"Idempotency-Key": "once"}
    body = {"text": "Later.", "send_at": at(hours=1)}
    first = await emma("POST", path, body, headers=key)
    second = await emma("POST", path, body, headers=key)
    assert first.json == second.json
    assert len(await rows(desk, Scheduled)) == 1
    other = await emma("POST", path, body | {"text": "Else."}, headers=key)
    assert other.code == "idempotency_mismatch"


WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("past", {"send_at": at(hours=-1)}, 422, "send_at_past"),
    ("too far", {"send_at": at(days=91)}, 422, "send_at_too_far"),
    ("in years", {"send_at": "9999-12-31T23:59:59Z"}, 422, "send_at_too_far"),
    ("no offset", {"send_at": "2030-01-01T09:00:00"}, 422, "invalid_value"),
    ("no instant", {"send_at": "soon"}, 422, "invalid_value"),
    ("no time at all", {"unless_answered": True}, 422, "unless_answered_now"),
    ("too long", {"send_at": at(hours=1), "text": "word " * 40}, 422, "too_long"),
    ("no words", {"send_at": at(hours=1), "text": " "}, 422, "empty"),
    ("rude", {"send_at": at(hours=1), "text": "Shut up, you idiot."}, 422, "courtesy"),
    ("promised before", {"send_at": at(hours=2), "promise": {"due": at(hours=1)}}, 422, "promise_past"),
    ("a stranger", {"send_at": at(hours=1), "identity": "tel:+499"}, 422, "foreign_address"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
async def test_what_cannot_wait(desk, body: Any, status: int, code: str) -> None:
    """What could not go, or not then, is refused to its writer's face, and nothing is kept."""
    emma, where = await desk.person("emma"), await desk.conversation()
    path = f"/api/v1/conversations/{where}/reply"
    answer = await emma("POST", path, {"text": "Later."} | body)
    assert (answer.status, answer.code) == (status, code), answer.body
    assert await rows(desk, Scheduled) == []


async def test_what_it_promises_begins_when_it_goes(desk) -> None:
    """A span counts from the sending; the promise is made then, and not before."""
    emma, where = await desk.person("emma"), await desk.conversation()
    kept = await written(emma, where, promise={"text": "an answer", "within": "2h"})
    span = datetime.fromisoformat(kept["promises"]) - datetime.fromisoformat(kept["send_at"])
    assert span == timedelta(hours=2)
    assert await rows(desk, Promise) == []
    path = f"/api/v1/scheduled/{kept['id']}"
    late = await emma("PATCH", path, {"version": 1, "send_at": at(days=2)})
    assert late.code == "promise_past"
    anew = {"version": 1, "send_at": at(days=2), "promise": {"within": "1h"}}
    assert (await emma("PATCH", path, anew)).status == 200
    assert (await emma("POST", f"{path}/send", {"version": 2})).status == 202
    (promise,) = await rows(desk, Promise)
    assert promise.owner == "emma"


async def test_whose_writer_has_left(desk) -> None:
    """Nothing goes in their name; a colleague may send it in their own."""
    ada, emma, sue = [await desk.person(login) for login in ("ada", "emma", "sue")]
    where = await desk.conversation()
    kept = await written(emma, where, send_at=at(seconds=5.2))
    assert (await ada("PATCH", "/api/v1/users/emma", {"disabled": True})).status == 200

    async def refused() -> Any:
        return [one for one in await listed(sue) if one["state"] == "refused"]

    (found,) = await desk.until(refused, seconds=20)
    assert (found["reason"], found["text"]) == ("author_disabled", "Good morning.")
    assert found["detail"]
    assert desk.hook.sent == []
    sent = await sue("POST", f"/api/v1/scheduled/{kept['id']}/send", {"version": 1})
    assert sent.status == 202
    await desk.until(lambda: desk.hook.sent)


async def test_who_may_see_and_touch_them(desk) -> None:
    """What is out of sight does not exist; what only reads changes nothing."""
    emma, otto, aude = [await desk.person(login) for login in ("emma", "otto", "aude")]
    where = await desk.conversation()
    path = f"/api/v1/scheduled/{(await written(emma, where))['id']}"
    assert await listed(otto) == []
    for method, verb, body in (
        ("PATCH", "", {"version": 1}),
        ("POST", "/cancel", None),
        ("POST", "/send", {"version": 1}),
    ):
        assert (await otto(method, path + verb, body)).status == 404
        assert (await aude(method, path + verb, body)).status == 403
        assert (await emma(method, f"/api/v1/scheduled/none{verb}", body)).status == 404
    assert len(await listed(aude)) == 1
    assert (await emma("POST", f"{path}/cancel")).json["state"] == "cancelled"
    assert (await emma("POST", f"{path}/cancel")).json["state"] == "cancelled"


async def test_the_list_goes_by_pages(both) -> None:
    """The first due first, whoever was written first; the cursor leads on."""
    emma, where = await both.person("emma"), await both.conversation()
    for hours in (5, 1, 3):
        await written(emma, where, f"in {hours}", send_at=at(hours=hours))
    seen, query = [], "?limit=2"
    for _ in range(2):
        page = (await emma("GET", f"/api/v1/scheduled{query}")).json
        seen += [one["text"] for one in page["items"]]
        query = f"?limit=2&cursor={page['next']}"
    assert seen == ["in 1", "in 3", "in 5"]
    assert (await emma("GET", "/api/v1/scheduled?cursor=x")).status == 400
