"""For whoever runs the desk: people, tokens, the record, what is stuck, the rulebook."""

import asyncio
from importlib.metadata import EntryPoint

import pytest

from gateway.domain.delivery import DeadLetter
from gateway.domain.job import Job, JobKind, JobState
from gateway.registry import GROUP, Registry
from tests.http.conftest import CONFIG, open_desk


class BadItem:
    """A delivery of which something could not be read."""

    def __init__(self, name: str = "letter-1", ago_ms: int = 0) -> None:
        self.name = name
        self.ago_ms = ago_ms

    def reads(self, view):
        return ()

    def decide(self, change):
        return change.put(
            DeadLetter(
                id=self.name,
                desk="test",
                account="hook",
                delivery="d-1",
                detail="no sender",
                at=change.now - self.ago_ms,
                state="open",
            )
        )


async def test_people(desk) -> None:
    """Somebody is invited by a link that is shown once, set to work, and let go."""
    ada = await desk.person("ada")
    added = await ada("POST", "/api/v1/users", {"login": "nina", "role": "agent", "name": "Nina"})
    assert added.status == 201
    link = added.json["invite_url"]
    assert "/invite#" in link
    assert added.json["user"]["has_password"] is False
    known = await ada("POST", "/api/v1/users", {"login": "zoe", "role": "agent"})
    assert known.json["user"]["name"] == "Zoe Hall", "as the rulebook calls her"
    again = await ada("POST", "/api/v1/users", {"login": "nina", "role": "agent"})
    assert (again.status, again.code) == (409, "login_taken")
    token = link.partition("#")[2]
    password = {"password": "correct horse battery staple"}
    assert (await desk.nobody("POST", f"/api/v1/invites/{token}", password)).status == 204
    listed = {u["login"]: u for u in (await ada("GET", "/api/v1/users")).json["items"]}
    assert listed["nina"]["has_password"] is True
    assert "password_hash" not in str(listed)
    anew = await ada("PATCH", "/api/v1/users/nina", {"invite": True})
    assert anew.json["invite_url"] != link
    for bad in (
        {"login": "a b", "role": "agent"},
        {"login": "x", "role": "king"},
        {"role": "agent"},
    ):
        assert (await ada("POST", "/api/v1/users", bad)).code == "invalid_value"
    assert (await ada("PATCH", "/api/v1/users/nobody", {"name": "x"})).status == 404


async def test_nobody_locks_themselves_out(desk) -> None:
    """An administrator cannot disable or demote their own account."""
    ada = await desk.person("ada")
    for change in ({"disabled": True}, {"role": "agent"}):
        answer = await ada("PATCH", "/api/v1/users/ada", change)
        assert (answer.status, answer.code) == (409, "own_account")


async def test_tokens(desk) -> None:
    """A token's secret is shown once, also when the same request comes again."""
    ada = await desk.person("ada")
    body = {"name": "bot", "scopes": ["queue:read"], "expires_days": 1}
    key = {"Idempotency-Key": "t-1"}
    made = await ada("POST", "/api/v1/tokens", body, headers=key)
    again = await ada("POST", "/api/v1/tokens", body, headers=key)
    assert made.json["secret"].startswith(f"gw_live_{made.json['token']['id']}_")
    assert again.json == {"token": made.json["token"], "secret": None}
    listed = await ada("GET", "/api/v1/tokens")
    assert [t["id"] for t in listed.json["items"]] == [made.json["token"]["id"]]
    assert made.json["secret"].encode() not in listed.body
    for bad in (
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"scopes": ["queue:read"]},
    ):
        assert (await ada("POST", "/api/v1/tokens", bad)).code == "invalid_value"
    beyond = await ada(
        "POST", "/api/v1/tokens", {"name": "x", "scopes": ["conversation:read:queue"]}
    )
    assert beyond.code == "beyond_your_own"
    bot = {"Authorization": f"Bearer {made.json['secret']}"}
    await ada("PATCH", "/api/v1/users/otto", {"disabled": True})
    assert (await desk.nobody("GET", "/api/v1/queues", headers=bot)).status == 200


async def test_a_token_of_a_network(desk) -> None:
    """It opens nothing from anywhere else, however right it is."""
    ada = await desk.person("ada")
    asked = {"name": "crm", "scopes": ["queue:read"]}
    for networks, status in (
        (["127.0.0.1", "10.0.0.0/8"], 200),
        (["192.0.2.0/24"], 401),
        ([], 200),
    ):
        made = await ada("POST", "/api/v1/tokens", asked | {"networks": networks})
        bot = {"Authorization": f"Bearer {made.json['secret']}"}
        assert (await desk.nobody("GET", "/api/v1/queues", headers=bot)).status == status
        shown = [n if "/" in n else f"{n}/32" for n in networks]
        assert made.json["token"]["networks"] == shown
    for wrong in ("10.0.0.0/99", "10.0.0.1/8", "here", ""):
        bad = await ada("POST", "/api/v1/tokens", asked | {"networks": [wrong]})
        assert (bad.status, bad.code) == (422, "invalid_value")
        assert bad.json["detail"] == f"{wrong!r} is no network, or has bits beyond its length."


async def test_a_token_goes_with_its_maker(desk) -> None:
    """When its maker may no longer come in, neither may the token."""
    ada = await desk.person("ada")
    await ada("POST", "/api/v1/users", {"login": "boss", "role": "admin"})
    boss = await desk.person("boss")
    made = await boss(
        "POST", "/api/v1/tokens", {"name": "bot", "scopes": ["user:manage", "queue:read"]}
    )
    bot = {"Authorization": f"Bearer {made.json['secret']}"}
    assert (await desk.nobody("GET", "/api/v1/users", headers=bot)).status == 200
    await ada("PATCH", "/api/v1/users/boss", {"role": "agent"})
    assert (await desk.nobody("GET", "/api/v1/users", headers=bot)).status == 403
    assert (await desk.nobody("GET", "/api/v1/queues", headers=bot)).status == 200
    await ada("PATCH", "/api/v1/users/boss", {"disabled": True})
    assert (await desk.nobody("GET", "/api/v1/queues", headers=bot)).status == 401


async def test_the_record(desk) -> None:
    """Who did what can be read, the newest first, page by page."""
    ada, aude = await desk.person("ada"), await desk.person("aude")
    await ada("POST", "/api/v1/users", {"login": "nina", "role": "agent"})
    await ada("PATCH", "/api/v1/users/nina", {"role": "supervisor"})
    first = (await aude("GET", "/api/v1/audit?limit=1")).json
    assert [(e["actor"], e["action"], e["object"]) for e in first["items"]] == [
        ("agent:ada", "user.edit", "nina")
    ]
    second = (await aude("GET", f"/api/v1/audit?limit=1&cursor={first['next']}")).json
    assert [(e["action"], e["object"]) for e in second["items"]] == [("user.add", "nina")]


async def test_the_record_says_from_where_and_what(desk) -> None:
    """An entry has the address, the browser, and what was before and after; no secrets."""
    ada, aude = await desk.person("ada"), await desk.person("aude")
    browser = {"User-Agent": "a browser"}
    await ada("POST", "/api/v1/users", {"login": "nina", "role": "agent"}, headers=browser)
    for change in ({"role": "supervisor"}, {"disabled": True}, {"disabled": False, "invite": True}):
        await ada("PATCH", "/api/v1/users/nina", change, headers=browser)
    asked = {"name": "crm", "scopes": ["contact:read"]}
    token = (await ada("POST", "/api/v1/tokens", asked, headers=browser)).json["token"]
    await ada("DELETE", f"/api/v1/tokens/{token['id']}", headers=browser)
    entries = (await aude("GET", "/api/v1/audit?limit=6")).json["items"][::-1]
    assert [(e["action"], e["detail"]) for e in entries] == [
        ("user.add", "agent"),
        ("user.edit", "role: agent -> supervisor"),
        ("user.edit", "disabled: no -> yes"),
        ("user.edit", "disabled: yes -> no; invite: changed"),
        ("token.make", "crm for ada: contact:read"),
        ("token.revoke", "crm"),
    ]
    assert {(e["address"], e["agent"]) for e in entries} == {("127.0.0.1", "a browser")}


def all_tries(connection):
    """What was tried, at which account, and what came of it."""
    rows = connection.exec_driver_sql("SELECT key, account, outcome FROM attempt").fetchall()
    return [row for row in rows if row[2]]


async def test_what_is_stuck(desk) -> None:
    """What could not be read waits for a person, who has it read again or lets it be."""
    await desk.store.submit(BadItem())
    olga = await desk.person("olga")
    listed = (await olga("GET", "/api/v1/dead")).json["items"]
    assert [(d["type"], d["account"], d["detail"]) for d in listed] == [
        ("unreadable", "hook", "no sender")
    ]
    assert (await olga("POST", "/api/v1/dead/letter-1/retry")).json == {"id": "letter-1"}
    (tried,) = await desk.until(lambda: desk.store.read(all_tries))
    assert tuple(tried) == ("d-1", "hook", "refused"), "at once, of a delivery that is not there"
    assert (await olga("POST", "/api/v1/dead/letter-2/retry")).status == 404
    assert (await olga("POST", "/api/v1/dead/letter-1/burn")).status == 404
    assert (await olga("POST", "/api/v1/dead/letter-1/discard")).json == {"id": "letter-1"}
    assert (await olga("GET", "/api/v1/dead")).json["items"] == []


class DeadSend:
    """A job that was given up."""

    def __init__(self, name: str, ago_ms: int) -> None:
        self.name = name
        self.ago_ms = ago_ms

    def reads(self, view):
        return ()

    def decide(self, change):
        at = change.now - self.ago_ms
        return change.put(
            Job(
                id=self.name,
                desk="test",
                kind=JobKind.SEND,
                key=self.name,
                lane=self.name,
                seq=1,
                due_at=at,
                state=JobState.DEAD,
                attempts=3,
                claimed_until=None,
                claimed_by=None,
                created_at=at,
                account="hook",
                detail="gone",
                body="",
            )
        )


async def pages(visit, path: str, limit: int) -> list[list]:
    """All pages of a list, one after another."""
    found, cursor = [], ""
    while cursor is not None:
        page = (await visit("GET", f"{path}?limit={limit}&cursor={cursor}")).json
        found.append(page["items"])
        cursor = page["next"]
    return found


async def test_what_is_stuck_comes_by_page(desk) -> None:
    """Jobs and items come together, the newest first; those of one instant are each told once."""
    await asyncio.gather(
        *(desk.store.submit(BadItem(f"letter-{n}", ago_ms=60_000)) for n in range(3)),
        *(desk.store.submit(DeadSend(f"job-{n}", ago_ms=30_000 * n)) for n in range(4)),
    )
    olga = await desk.person("olga")
    told = await pages(olga, "/api/v1/dead", 2)
    assert [len(page) for page in told] == [2, 2, 2, 1]
    ids = [item["id"] for page in told for item in page]
    whole = (await olga("GET", "/api/v1/dead")).json
    assert ids == [item["id"] for item in whole["items"]]
    assert whole["next"] is None
    assert len(set(ids)) == 7
    assert [item["at"] for item in whole["items"]] == sorted(
        (item["at"] for item in whole["items"]), reverse=True
    )
    assert (await olga("GET", "/api/v1/dead?cursor=x")).code == "invalid_query"
    assert (await olga("GET", "/api/v1/dead?limit=0")).code == "invalid_query"


async def test_people_and_programs_come_by_page(desk) -> None:
    """Users come by login and tokens the newest first, each once, to the last page."""
    ada = await desk.person("ada")
    for number in range(5):
        asked = {"name": f"crm {number}", "scopes": ["contact:read"]}
        await ada("POST", "/api/v1/tokens", asked)
    for path, name in (("/api/v1/users", "login"), ("/api/v1/tokens", "id")):
        whole = [item[name] for item in (await ada("GET", path)).json["items"]]
        told = await pages(ada, path, 2)
        assert [item[name] for page in told for item in page] == whole
        assert {len(page) for page in told[:-1]} == {2}
        assert len(set(whole)) == len(whole) >= 5


RULES = """
desk: {id: test, name: New name, default_queue: support}
queues:
  support: {order: aging}
  other: {}
  third: {}
agents:
  emma: {queues: [support]}
  sue: {queues: [support, other, third]}
"""


async def test_the_rulebook(desk) -> None:
    """Plan, apply, look back, go back; each refused when it cannot be."""
    olga = await desk.person("olga")
    now = (await olga("GET", "/api/v1/rulebook")).json
    assert (now["version"], now["rulebook"]["desk"]["name"]) == (1, "Test desk")
    planned = (await olga("POST", "/api/v1/rulebook/plan", {"yaml": RULES, "expected": 1})).json
    changes = {(c["path"], c["change"]) for c in planned["changes"]}
    assert {
        ("desk.name", "changed"),
        ("queues.third", "added"),
        ("agents.otto", "removed"),
    } <= changes
    assert (planned["faults"], planned["orphaned"], planned["version"]) == ([], {}, 1)
    wrong = RULES.replace("default_queue: support", "default_queue: nowhere")
    faulty = await olga("POST", "/api/v1/rulebook/plan", {"yaml": wrong})
    assert faulty.json["faults"][0]["line"] == 2
    refused = await olga("POST", "/api/v1/rulebook/apply", {"yaml": wrong})
    assert (refused.status, refused.code) == (422, "invalid_rulebook")
    assert refused.json["faults"][0]["path"] == "desk.default_queue"
    stale = await olga("POST", "/api/v1/rulebook/apply", {"yaml": RULES, "expected": 0})
    assert (stale.status, stale.code) == (409, "rulebook_changed")
    applied = await olga("POST", "/api/v1/rulebook/apply", {"yaml": RULES, "expected": 1})
    assert applied.json == {"version": 2}

    async def hot() -> bool:
        queues = (await olga("GET", "/api/v1/queues")).json["items"]
        return {q["id"] for q in queues} == {"support", "other", "third"}

    await desk.until(hot)
    history = (await olga("GET", "/api/v1/rulebook/history")).json["items"]
    assert [(v["version"], v["by"]) for v in history] == [(2, "agent:olga"), (1, "system")]
    back = await olga("POST", "/api/v1/rulebook/rollback", {"version": 1})
    assert back.json == {"version": 3}
    assert (await olga("GET", "/api/v1/rulebook")).json["rulebook"] == now["rulebook"]
    assert (await olga("POST", "/api/v1/rulebook/rollback", {"version": 9})).status == 404
    neither = await olga("POST", "/api/v1/rulebook/plan", {})
    assert neither.code == "invalid_value"


UNKNOWN = (
    RULES
    + """
rules:
  - {when: {channel: [fax]}, queue: other}
templates: {automatic: {acknowledged: {template: nosuch}}}
knowledge: {enabled: true, model: {enabled: true, queues: [other], categories: [order]}}
"""
)


async def test_what_the_house_has_not(desk) -> None:
    """A channel of no adapter, a template of no catalogue, an answer of no model: faults here too."""
    olga = await desk.person("olga")
    planned = (await olga("POST", "/api/v1/rulebook/plan", {"yaml": UNKNOWN})).json
    paths = [
        "knowledge.model.enabled", "rules[0].when.channel", "templates.automatic.acknowledged",
    ]  # fmt: skip
    assert sorted(f["path"] for f in planned["faults"]) == paths
    assert (await olga("POST", "/api/v1/rulebook/apply", {"yaml": UNKNOWN})).status == 422


async def test_a_channel_that_nobody_has_room_for(desk) -> None:
    """It is a fault of a proposal as of a directory."""
    olga = await desk.person("olga")
    full = RULES.replace("support}", "support, channels: {hook: {weight: 101}}}", 1)
    planned = (await olga("POST", "/api/v1/rulebook/plan", {"yaml": full})).json
    assert [f["path"] for f in planned["faults"]] == ["desk.channels.hook.weight"]


async def test_an_adapter_that_cannot_be_asked_for_its_channel(tmp_path) -> None:
    """Whether a channel is one that a broken package has is not known: it is refused by name."""
    broken = EntryPoint("fax", "tests.http.nowhere:FaxAdapter", GROUP)
    async with open_desk(tmp_path, all_channels=Registry([broken]).channels) as desk:
        olga = await desk.person("olga")
        for verb in ("plan", "apply"):
            refused = await olga("POST", f"/api/v1/rulebook/{verb}", {"yaml": UNKNOWN})
            assert (refused.status, refused.code) == (409, "broken_adapter")
            assert "adapter 'fax'" in refused.json["detail"]
            assert "uninstall" in refused.json["what_to_do"]
        well = await olga("POST", "/api/v1/rulebook/plan", {"yaml": RULES})
        assert (well.status, well.json["faults"]) == (200, [])


async def test_no_work_is_orphaned(desk) -> None:
    """A rulebook without the queue in which somebody waits is refused."""
    await desk.conversation("hello")
    olga = await desk.person("olga")
    without = RULES.replace("support", "first")
    planned = (await olga("POST", "/api/v1/rulebook/plan", {"yaml": without})).json
    assert planned["orphaned"] == {"support": 1}
    refused = await olga("POST", "/api/v1/rulebook/apply", {"yaml": without})
    assert (refused.status, refused.code) == (409, "orphaned_work")


@pytest.mark.parametrize(
    "hostile", ["a: &a [*a]", "!!python/object/apply:os.system [x]", "x: " + "[" * 5_000, "\x07"]
)
async def test_hostile_rulebooks(desk, hostile) -> None:
    """Text that is no rulebook is a fault, whatever it tries."""
    olga = await desk.person("olga")
    answer = await olga("POST", "/api/v1/rulebook/plan", {"yaml": hostile})
    assert answer.status == 200
    assert answer.json["faults"]


async def test_a_proxy_is_not_this_machine(tmp_path) -> None:
    """What comes through a proxy on this machine comes from elsewhere."""
    config = CONFIG.replace("host: {port: 0}", "host: {port: 0, trusted_proxies: ['127.0.0.0/8']}")
    async with open_desk(tmp_path, config=config) as desk:
        far = {"X-Forwarded-For": "203.0.113.9"}
        assert (await desk.nobody("GET", "/metrics", headers=far)).status == 401
        ada = await desk.person("ada")
        assert (await ada("GET", "/metrics", headers=far)).status == 200


@pytest.mark.parametrize("noun", ["queues", "agents", "channels", "templates"])
async def test_what_has_a_name_comes_by_page(desk, noun) -> None:
    """By name, so that what comes or goes meanwhile moves nothing; the cursor is the last name."""
    sue = await desk.person("sue")
    whole = (await sue("GET", f"/api/v1/{noun}?limit=200")).json
    told = await pages(sue, f"/api/v1/{noun}", 1)
    assert [item for page in told for item in page] == whole["items"]
    assert {len(page) for page in told} == {1}
    assert whole["next"] is None
    assert (await sue("GET", f"/api/v1/{noun}?limit=0")).code == "invalid_query"
