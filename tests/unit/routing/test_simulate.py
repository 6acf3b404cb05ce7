"""Traces through the real engine in virtual time."""

import random
from heapq import heapify, heappop, heappush
from typing import Any

import msgspec
import pytest

from routing.simulate import run_trace
from tests.unit.routing.compare import scanning_up_to

ONE = [{"id": "a", "skills": {}, "capacity": 100, "login_ms": 0}]


def contact(ident: str, arrive_ms: int, **fields: Any) -> dict:
    return {"id": ident, "arrive_ms": arrive_ms, "channel": "voice", "service_ms": 100} | fields


@pytest.mark.parametrize(
    ("label", "contacts", "rules", "expected"),
    [
        ("at once", [contact("c", 5)], {}, {"c": ("a", 5)}),
        (
            "one after another",
            [contact("c1", 5), contact("c2", 6)],
            {},
            {"c1": ("a", 5), "c2": ("a", 105)},
        ),
        (
            "priority first",
            [contact("c1", 5), contact("c2", 6), contact("c3", 7, priority=1)],
            {},
            {"c1": ("a", 5), "c3": ("a", 105), "c2": ("a", 205)},
        ),
        (
            "ties in aging go by id, not by arrival",
            [contact("c1", 5), contact("z", 10), contact("b", 20, priority=1)],
            {"order_mode": "aging", "boost_ms": 10},
            {"c1": ("a", 5), "b": ("a", 105), "z": ("a", 205)},
        ),
        (
            "deadlines, late ones too",
            [contact("c1", 5), contact("c2", 6, deadline_ms=900), contact("c3", 7, deadline_ms=8)],
            {"order_mode": "edf"},
            {"c1": ("a", 5), "c3": ("a", 105), "c2": ("a", 205)},
        ),
        (
            "patience ends",
            [contact("c1", 5), contact("c2", 6, patience_ms=50)],
            {},
            {"c1": ("a", 5), "c2": (None, 56)},
        ),
        (
            "served in the last moment",
            [contact("c1", 5), contact("c2", 6, patience_ms=99)],
            {},
            {"c1": ("a", 5), "c2": ("a", 105)},
        ),
        ("never served", [contact("c", 5, steps=[{"need": {"x": 1}, "after_ms": 0}])], {}, {}),
        (
            "a step later",
            [
                contact(
                    "c", 5, steps=[{"need": {"x": 1}, "after_ms": 0}, {"need": {}, "after_ms": 9}]
                )
            ],
            {},
            {"c": ("a", 14)},
        ),
        (
            "many slots",
            [contact(f"c{n}", n, channel="chat") for n in range(5)],
            {"weights": {"chat": 25}},
            {"c0": ("a", 0), "c1": ("a", 1), "c2": ("a", 2), "c3": ("a", 3), "c4": ("a", 100)},
        ),
        (
            "not before the log-in",
            [contact("c", 5)],
            {"agents": [ONE[0] | {"login_ms": 50}]},
            {"c": ("a", 50)},
        ),
    ],
)
def test_who_and_when(label: str, contacts: list[dict], rules: dict, expected: dict) -> None:
    """Assignments by contact: the agent, or None for who gave up, and the instant."""
    result = run_trace({"name": label, "agents": ONE, "contacts": contacts} | rules)
    assert (result["name"], result["assign"]) == (label, expected)


def test_stats() -> None:
    """Served, abandoned, never served, and the waits of those who were served."""
    contacts = [contact("c1", 5), contact("c2", 6, patience_ms=50), contact("c3", 7, deadline_ms=8)]
    contacts.append(contact("c4", 8, steps=[{"need": {"x": 1}, "after_ms": 0}]))
    stats = run_trace({"name": "t", "agents": ONE, "contacts": contacts})["stats"]
    assert (stats["contacts"], stats["served"], stats["abandoned"]) == (4, 2, 1)
    assert (stats["never_served"], stats["served_late"]) == (1, 1)
    assert (stats["wait_ms"]["p50"], stats["wait_ms"]["max"]) == (0, 98)


def test_what_is_no_trace_is_refused_with_its_place() -> None:
    """The fault's path is in the message."""
    with pytest.raises(msgspec.ValidationError, match=r"\$.contacts\[0\]"):
        run_trace({"name": "t", "agents": ONE, "contacts": [{"id": "c"}]})


# --- against the definition, by scanning ---


class Naive:
    """Events one at a time by (time, rank, id); after each, the least contact that fits anybody."""

    def __init__(self, trace: dict) -> None:
        self.trace = trace
        self.agents = {a["id"]: a | {"load": 0, "since": None} for a in trace["agents"]}
        self.contacts = {c["id"]: c for c in trace["contacts"]}
        self.agenda = [(a["login_ms"], -1, a["id"], 0) for a in trace["agents"]]
        self.agenda += [(c["arrive_ms"], 2, c["id"], 0) for c in trace["contacts"]]
        self.waiting: dict[str, int] = {}
        self.assign: dict[str, tuple] = {}
        self.happen = {
            -1: self.login,
            0: self.complete,
            1: self.step,
            2: self.arrive,
            3: self.abandon,
        }

    def run(self) -> dict:
        heapify(self.agenda)
        while self.agenda:
            at, rank, ident, step = heappop(self.agenda)
            self.happen[rank](at, ident, step)
            self.dispatch(at)
        return self.assign

    def login(self, at: int, ident: str, _: int) -> None:
        self.agents[ident]["since"] = at

    def complete(self, at: int, ident: str, _: int) -> None:
        agent = self.agents[self.assign[ident][0]]
        agent["load"] -= self.trace["weights"][self.contacts[ident]["channel"]]
        agent["since"] = at

    def step(self, at: int, ident: str, step: int) -> None:
        if ident in self.waiting:
            self.waiting[ident] = step

    def arrive(self, at: int, ident: str, _: int) -> None:
        self.waiting[ident] = 0
        for n, later in enumerate(self.contacts[ident]["steps"][1:], start=1):
            heappush(self.agenda, (at + later["after_ms"], 1, ident, n))
        if "patience_ms" in self.contacts[ident]:
            heappush(self.agenda, (at + self.contacts[ident]["patience_ms"], 3, ident, 0))

    def abandon(self, at: int, ident: str, _: int) -> None:
        if self.waiting.pop(ident, None) is not None:
            self.assign[ident] = (None, at)

    def dispatch(self, at: int) -> None:
        for c in sorted((self.contacts[ident] for ident in self.waiting), key=self.key):
            need = c["steps"][self.waiting[c["id"]]]["need"]
            weight = self.trace["weights"][c["channel"]]
            able = [a for a in self.agents.values() if self.fits(a, need, weight)]
            if able:
                agent = min(able, key=lambda a, need=need: self.rule(a, need))
                agent["load"] += weight
                agent["since"] = at
                del self.waiting[c["id"]]
                self.assign[c["id"]] = (agent["id"], at)
                heappush(self.agenda, (at + c["service_ms"], 0, c["id"], 0))

    def fits(self, agent: dict, need: dict, weight: int) -> bool:
        room = agent["since"] is not None and agent["load"] + weight <= agent["capacity"]
        return room and all(agent["skills"].get(s, 0) >= level for s, level in need.items())

    def key(self, c: dict) -> tuple:
        return {
            "strict": (-c["priority"], c["arrive_ms"], c["id"]),
            "aging": (c["arrive_ms"] - c["priority"] * self.trace["boost_ms"], c["id"]),
            "edf": (c["deadline_ms"], c["id"]),
        }[self.trace["order_mode"]]

    def rule(self, a: dict, need: dict) -> tuple:
        return {
            "longest_idle": (a["since"], a["id"]),
            "least_loaded": (a["load"] / a["capacity"], a["since"], a["id"]),
            "best_skill": (-sum(a["skills"][s] for s in need), a["since"], a["id"]),
        }[self.trace["agent_rule"]]


def made_up(seed: int) -> dict:
    rng = random.Random(seed)
    skills = ["s0", "s1", "s2"]
    contacts = []
    at = 0
    for _ in range(120):
        at += rng.choice((0, 1, 500, 2_000, 5_000))
        need = {s: rng.randint(1, 4) for s in rng.sample(skills, rng.randint(0, 2))}
        steps = [{"need": need, "after_ms": 0}]
        if rng.random() < 0.5:
            steps.append({"need": dict(list(need.items())[:1]), "after_ms": 5_000})
        c = contact(
            f"c{rng.randrange(10**6):06}", at, channel=rng.choice(("voice", "chat", "mail")),
            priority=rng.randrange(3), service_ms=rng.randint(1, 60) * 500, steps=steps,
            deadline_ms=at + rng.choice((5_000, 20_000)),
        )  # fmt: skip
        contacts.append(
            c | ({"patience_ms": rng.randint(1, 40) * 500} if rng.random() < 0.4 else {})
        )
    return {
        "name": f"made up {seed}",
        "order_mode": rng.choice(("strict", "aging", "edf")),
        "agent_rule": rng.choice(("longest_idle", "least_loaded", "best_skill")),
        "boost_ms": rng.choice((0, 1_000, 5_000)),
        "weights": {"voice": 100, "chat": 25, "mail": 10},
        "agents": [
            {
                "id": f"a{n}",
                "skills": {s: rng.randint(1, 5) for s in rng.sample(skills, rng.randint(1, 3))},
                "capacity": rng.choice((100, 100, 50)),
                "login_ms": rng.choice((0, 0, 30_000)),
            }
            for n in range(rng.randint(2, 6))
        ],
        "contacts": list({c["id"]: c for c in contacts}.values()),
    }


@pytest.mark.parametrize("seed", range(12))
def test_the_definition_agrees(seed: int) -> None:
    """Every contact, every agent, every instant; with heaps and with scans."""
    trace = made_up(seed)
    with scanning_up_to(0 if seed % 2 else 96):
        assert run_trace(trace)["assign"] == Naive(trace).run()


# --- queues of their own hours and rules ---

SHOP = {"tz": "UTC", "weekly": {"thu": [["00:00", "00:01"]], "fri": [["00:00", "24:00"]]}}
FRIDAY = 86_400_000  # of 1970


@pytest.mark.parametrize(
    ("label", "queues", "contacts", "rules", "expected"),
    [
        (
            "after hours it waits for the opening",
            [{"id": "q", "hours": SHOP}],
            [contact("c", 5), contact("d", 70_000)],
            {},
            {"c": ("a", 5), "d": ("a", FRIDAY)},
        ),
        (
            "a caller cannot wait for it",
            [{"id": "q", "hours": SHOP, "closed": {"do": "close"}}],
            [contact("c", 70_000)],
            {"live": ["voice"]},
            {},
        ),
        (
            "what waits at closing time is served",
            [{"id": "q", "hours": SHOP}],
            [contact("c", 59_950), contact("d", 59_960)],
            {},
            {"c": ("a", 59_950), "d": ("a", 60_050)},
        ),
        (
            "or turned out",
            [{"id": "q", "hours": SHOP, "at_closing": "eject", "closed": {"do": "close"}}],
            [contact("c", 59_950), contact("d", 59_960)],
            {"live": ["voice"]},
            {"c": ("a", 59_950)},
        ),
        (
            "after a wait others help",
            [{"id": "q", "overflow": [{"when": "wait_ms >= 40", "do": "add_pool", "pool": ["r"]}]}, {"id": "r"}],
            [contact("c", 5), contact("d", 6)],
            {"agents": [ONE[0] | {"queues": {"q": 1}}, ONE[0] | {"id": "b", "queues": {"r": 1}}]},
            {"c": ("a", 5), "d": ("b", 46)},
        ),
        (
            "too long a line moves on",
            [{"id": "q", "overflow": [{"when": "waiting > 1", "do": "move_queue", "queue": "r"}]}, {"id": "r"}],
            [contact("c", 5), contact("d", 6), contact("e", 7)],
            {"agents": [ONE[0] | {"queues": {"q": 1}}, ONE[0] | {"id": "b", "queues": {"r": 1}}]},
            {"c": ("a", 5), "e": ("b", 7), "d": ("a", 105)},
        ),
        (
            "who comes to the second queue waits there",
            [{"id": "q"}, {"id": "r"}],
            [contact("c", 5, queue="r"), contact("d", 6)],
            {"agents": [ONE[0] | {"queues": {"q": 1}}]},
            {"d": ("a", 6)},
        ),
    ],
)  # fmt: skip
def test_hours_and_overflow(label: str, queues, contacts, rules: dict, expected: dict) -> None:
    """A trace may have queues; what they are told, the very engine does."""
    trace = {"name": label, "agents": ONE, "queues": queues, "contacts": contacts} | rules
    result = run_trace(trace)
    assert result["assign"] == expected, label
    stats = result["stats"]
    assert stats["served"] == len(expected)
    assert stats["served"] + stats["turned_away"] + stats["never_served"] == len(contacts)


@pytest.mark.parametrize(
    ("label", "fields", "says"),
    [
        ("a contact's queue", {"contacts": [contact("c", 5, queue="x")]}, "contact c names the queue 'x'"),
        ("an agent's queue", {"agents": [ONE[0] | {"queues": {"x": 1}}]}, "agent a names the queue 'x'"),
        ("a rule's queue", {"queues": [{"id": "q", "overflow": [{"when": "closed", "do": "move_queue", "queue": "x"}]}]}, "'x'"),
        ("a condition", {"queues": [{"id": "q", "overflow": [{"when": "wait_ms >>", "do": "close"}]}]}, "wait_ms"),
        ("none", {"queues": []}, "`queues` is empty"),
        ("an id twice", {"contacts": [contact("c", 5), contact("c", 6)]}, "contact c is there 2 times"),
        ("an agent twice", {"agents": [*ONE, *ONE]}, "agent a is there 2 times"),
        ("a stay below nothing", {"contacts": [contact("c", 5) | {"service_ms": -1}]}, "service_ms"),
        ("a slip", {"ring_preferance": "inner"}, r"there is no 'ring_preferance'; write 'ring_preference' - at `\$`"),
        ("an agent's slip", {"agents": [{"id": "a", "skils": {}}]}, r"write 'skills' - at `\$.agents\[0\]`"),
        ("a contact's slip", {"contacts": [contact("c", 5, priorty=1)]}, r"write 'priority' - at `\$.contacts\[0\]`"),
        ("a step's slip", {"contacts": [contact("c", 5, steps=[{"needs": {"x": 1}}])]}, r"write 'need' - at `\$.contacts\[0\].steps\[0\]`"),
        ("steps out of order", {"contacts": [contact("c", 5, steps=[{}, {"after_ms": 9}, {"after_ms": 5}])]}, "contact c: its steps follow one another"),
        ("nobody's room", {"agents": [ONE[0] | {"capacity": 0}]}, "capacity"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(label: str, fields: dict, says: str) -> None:
    """In words that name it."""
    with pytest.raises(ValueError, match=says):
        run_trace({"name": label, "agents": ONE} | fields)


WAYS: list[tuple[Any, int | None, dict[str, tuple[str, int]]]] = [
    ("requeue", None, {"d": ("b", 120), "e": ("b", 220)}),
    ("keep", None, {"d": ("b", 60), "e": ("b", 160)}),
    ({"requeue_after_ms": 20}, None, {"d": ("b", 60), "e": ("b", 200)}),
    ({"requeue_after_ms": 20}, 65, {"d": ("b", 60), "e": ("a", 110)}),
]


@pytest.mark.parametrize(("on_lost", "back_ms", "expected"), WAYS)
def test_an_agent_who_goes(
    on_lost: Any, back_ms: int | None, expected: dict[str, tuple[str, int]]
) -> None:
    """At 50, with work in hand: others get it at once, never, or after a while."""
    agents = [
        ONE[0] | {"logout_ms": 50, "back_ms": back_ms},
        {"id": "b", "login_ms": 60},
    ]
    contacts = [contact("c", 10), contact("d", 20), contact("e", 61)]
    trace = {"name": "t", "agents": agents, "contacts": contacts, "on_lost": {"voice": on_lost}}
    assert run_trace(trace)["assign"] == {"c": ("a", 10)} | expected


@pytest.mark.parametrize(
    "wrong",
    [{"logout_ms": 0}, {"back_ms": 9}, {"logout_ms": 5, "back_ms": 5}],
    ids=["gone before they came", "back and never gone", "back at once"],
)
def test_an_agent_out_of_order(wrong: dict[str, int]) -> None:
    """The trace says nothing that can be played."""
    trace = {"name": "t", "agents": [ONE[0] | wrong], "contacts": [contact("c", 5)]}
    with pytest.raises(ValueError, match="agent a: login_ms, logout_ms and back_ms follow"):
        run_trace(trace)
