"""Who asks for a person hears it at once, on either engine: one automatic message, which is no
person's answer."""

import pytest

from gateway.domain.message import Direction, Message
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored
from tests.http.test_calls import rows

WANTED = """
templates:
  automatic: {acknowledged: {}, handoff: {template: greeting}}
sla: {targets: [{first_response: 1h}]}
"""


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_person_is_asked_for(tmp_path, request, engine: str) -> None:
    """Acknowledged before, and told once that people answer; the next turn begins with an answer."""
    request.param = engine
    async with open_desk(tmp_path, config=stored(CONFIG + WANTED, request)) as desk:
        where = await desk.conversation("My lamp flickers.")
        assert await said(desk, 1) == ["auto:acknowledged"]
        for key in ("again", "and again"):
            assert (await desk.receive(key, "I want to speak to a person")).status == 200
        assert await said(desk, 2) == ["auto:acknowledged", "auto:handoff"]
        sue = await desk.person("sue")
        at = f"/api/v1/conversations/{where}"
        assert (await sue("GET", at)).json["turn"]["metric"] == "first_response"
        reply = await sue("POST", f"{at}/reply", {"text": "Hello, I look into it."})
        assert reply.status == 202, reply.body
        assert (await desk.receive("after", "It still flickers.")).status == 200
        assert (await desk.receive("person", "person")).status == 200
        assert (await said(desk, 4))[2:] == ["agent:sue", "auto:handoff"]


async def said(desk, number: int) -> list[str]:
    """Who wrote to the customer, once so many messages did."""

    async def out() -> list[str]:
        found = [each for each in await rows(desk, Message) if each.direction is Direction.OUT]
        return [each.author for each in sorted(found, key=lambda each: each.seq)]

    async def enough() -> bool:
        return len(await out()) >= number

    await desk.until(enough)
    return await out()
