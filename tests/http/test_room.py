"""More than there is room for, by a supervisor alone; more time after a conversation, by its agent."""

import pytest

from tests.http.conftest import CONFIG, open_desk
from tests.http.test_calls import facts
from tests.http.test_desk import working

FULL = CONFIG.replace("emma: {queues: [support]}", "emma: {queues: [support], capacity: 40}")
WRAPUP = "{wrapup: {hook: {mode: timed, time: 10m, extensions: 1, extend: 5m}}}"
LONG = CONFIG.replace("support: {}", f"support: {WRAPUP}")


async def taken(desk, agent, sender: str) -> str:
    """A conversation that an agent has."""
    conversation = await desk.conversation(sender=sender)
    answer = await agent("POST", f"/api/v1/conversations/{conversation}/take")
    assert answer.status == 200, answer.body
    return conversation


async def holder(agent, conversation: str) -> str | None:
    """Who has it."""
    work = (await agent("GET", f"/api/v1/conversations/{conversation}")).json["work"]
    return work and work["agent"]


async def test_only_a_supervisors_force_exceeds_the_room(tmp_path) -> None:
    """Refused without it; with it the colleague has both, and the log says so."""
    async with open_desk(tmp_path, config=FULL) as desk:
        emma, sue = await working(desk), await desk.person("sue")
        await emma("PUT", "/api/v1/me/presence", {"presence": "busy"})
        await taken(desk, emma, "+491")
        second = await desk.conversation(sender="+492")
        path = f"/api/v1/conversations/{second}/transfer"
        full = await sue("POST", path, {"to": "agent:emma"})
        assert (full.status, full.code) == (409, "no_capacity")
        assert await facts(desk, "agent.over_capacity") == []
        forced = await sue("POST", path, {"to": "agent:emma", "force": True, "note": "She asks."})
        assert (forced.status, await holder(sue, second)) == (200, "emma"), forced.body
        (over,) = await facts(desk, "agent.over_capacity")
        assert (over.agent, over.load, over.capacity) == ("emma", 66, 40)
        items = (await sue("GET", f"/api/v1/conversations/{second}/timeline")).json["items"]
        assert [i["text"] for i in items if i["type"] == "note"] == ["She asks."]


async def test_a_supervisor_forces_their_own_on_a_colleague(tmp_path) -> None:
    """A transfer would wait until there is room; force does not."""
    async with open_desk(tmp_path, config=FULL) as desk:
        emma, sue = await working(desk), await working(desk, "sue")
        await emma("PUT", "/api/v1/me/presence", {"presence": "busy"})
        await taken(desk, emma, "+491")
        mine = await taken(desk, sue, "+492")
        path = f"/api/v1/conversations/{mine}/transfer"
        forced = await sue("POST", path, {"to": "agent:emma", "force": True})
        assert (forced.status, await holder(sue, mine)) == (200, "emma"), forced.body


@pytest.mark.parametrize(
    ("login", "to", "status", "code"),
    [
        ("emma", "agent:sue", 403, "forbidden"),
        ("sue", "queue:other", 422, "invalid_value"),
        ("sue", "agent:otto", 409, "not_there"),
        ("sue", "agent:nobody", 409, "unknown_agent"),
    ],
    ids=["an agent", "a queue", "who is away", "who is not known"],
)
async def test_what_cannot_be_forced(desk, login: str, to: str, status: int, code: str) -> None:
    """An agent may not; a queue is never full; who is not there has nobody's work."""
    emma = await working(desk)
    conversation = await taken(desk, emma, "+491")
    agent = await desk.person(login)
    path = f"/api/v1/conversations/{conversation}/transfer"
    refused = await agent("POST", path, {"to": to, "force": True})
    assert (refused.status, refused.code) == (status, code)
    assert await holder(emma, conversation) == "emma"


async def test_more_time_after_a_conversation(tmp_path) -> None:
    """As often as the queue allows, by who has it; the conversation says how often still."""
    async with open_desk(tmp_path, config=LONG) as desk:
        emma, sue = await working(desk), await working(desk, "sue")
        path = f"/api/v1/conversations/{await taken(desk, emma, '+491')}"
        early = await emma("POST", f"{path}/wrapup/extend")
        assert (early.status, early.code) == (409, "wrong_state")
        assert (await emma("GET", path)).json["wrapup"] is None
        await emma("POST", f"{path}/resolve")

        async def wrapped() -> bool:
            return (await emma("GET", path)).json["wrapup"] is not None

        await desk.until(wrapped)
        before = (await emma("GET", path)).json["wrapup"]
        others = await sue("POST", f"{path}/wrapup/extend")
        assert (others.status, others.code) == (409, "not_yours")
        longer = await emma("POST", f"{path}/wrapup/extend")
        assert longer.status == 200, longer.body
        after = (await emma("GET", path)).json["wrapup"]
        assert (before["extensions"], after["extensions"]) == (1, 0)
        first, second = await facts(desk, "wrapup.changed")
        assert second.until - first.until == 300_000
        assert after["until"] > before["until"]
        again = await emma("POST", f"{path}/wrapup/extend")
        assert (again.status, again.code) == (409, "no_more_extensions")
        assert (await emma("POST", f"{path}/wrapup/end")).status == 200


async def test_a_queue_that_allows_no_more_time(tmp_path) -> None:
    """None is shown, and none is given."""
    async with open_desk(tmp_path, config=LONG.replace("extensions: 1, ", "")) as desk:
        emma = await working(desk)
        path = f"/api/v1/conversations/{await taken(desk, emma, '+491')}"
        await emma("POST", f"{path}/resolve")

        async def wrapped() -> bool:
            return (await emma("GET", path)).json["wrapup"] is not None

        await desk.until(wrapped)
        assert (await emma("GET", path)).json["wrapup"]["extensions"] == 0
        refused = await emma("POST", f"{path}/wrapup/extend")
        assert (refused.status, refused.code) == (409, "no_more_extensions")
