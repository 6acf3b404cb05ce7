"""What the demo desk says by itself while nobody answers, through its own channels."""

import json

from gateway.sandbox.people import PEOPLE
from gateway.store.queries import deciding
from gateway.verbs.work import ApplyRulebook
from tests.http.demo import api, open_demo, until

OLIVIA = PEOPLE[2]
QUICK = {
    "still_waiting": {"after": "1s", "channels": ["whatsapp"], "template": "holding"},
    "customer_silent": {"after": "1s", "channels": ["whatsapp"]},
    "closed_silent": {"after": "1s", "channels": ["whatsapp"]},
}


async def hurried(demo) -> None:
    """The demo's own rulebook, but that nobody waits long."""
    store = demo.parley.store
    row = await store.read(deciding.rulebook, store.desk)
    content = json.loads(row.content)
    content["templates"]["quiet"] = "0s"
    content["templates"]["automatic"] |= QUICK
    await store.submit(ApplyRulebook(content=json.dumps(content), by="test"))


async def test_from_waiting_to_the_end(tmp_path) -> None:
    """Nobody has it: the customer hears so, and still waits; answered and silent, they are asked
    and let go. Each is marked with its stage and arrives where they wrote."""
    async with open_demo(tmp_path) as demo:
        await hurried(demo)
        await demo.chats.say("whatsapp", OLIVIA, "Is the lamp in stock?")

        async def first():
            rows = (await api(demo, "GET", "/conversations"))["items"]
            return rows[0] if rows else None

        path = f"/conversations/{(await until(first))['id']}"

        async def stages():
            items = (await api(demo, "GET", f"{path}/timeline"))["items"]
            mine = [i for i in items if i["type"] == "message" and i["author"]["kind"] == "auto"]
            assert all(i["automatic"] for i in mine)
            return [i["author"]["id"] for i in mine]

        await until(lambda: said(stages, "still_waiting"))
        assert (await api(demo, "GET", path))["turn"] is not None, "no machine stops the clock"
        await api(demo, "POST", f"{path}/reply", {"text": "Yes, three of them.", "then": "wait"})
        assert await until(lambda: said(stages, "closed_silent")) == [
            "acknowledged",
            "still_waiting",
            "customer_silent",
            "closed_silent",
        ]
        assert (await api(demo, "GET", path))["status"] == "resolved"


async def said(stages, last: str):
    """All that was said, once this was."""
    found = await stages()
    return found if found[-1:] == [last] else None
