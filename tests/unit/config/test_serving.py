"""Work that would wait for ever: no room, no language, no opening; and what only looks like it."""

import pytest

import config
from config import DEFAULT

TWO = "queues: {a: , b: }\ndesk: {default_queue: a}\n"
BOTH = TWO + "agents: {x: {queues: [a, b]}}\n"
HEAVY = "takes any; raise it for one of them"

ROOM = [
    ("room for all", "agents: {x: {queues: [main]}}", []),
    ("nobody yet", "desk: {channels: {webchat: {weight: 200}}}", []),
    (
        "too heavy for anybody",
        "agents: {x: {queues: [main]}}\ndesk:\n  channels:\n    webchat: {weight: 200}",
        ["r:4: desk.channels.webchat.weight: one conversation of webchat weighs 200, more than anybody asked can have; lower the weight, or raise an agent's capacity"],
    ),
    (
        "an agent too small for the usual weight",
        "agents:\n  x: {queues: [main], capacity: 32}",
        ["r:2: agents.x.capacity: one conversation of webchat weighs 33, more than anybody asked can have; lower the weight, or raise an agent's capacity"],
    ),
    ("just room", "agents: {x: {queues: [main], capacity: 33}}", []),
    (
        "a cap of none",
        "agents:\n  x: {queues: [main], channel_caps: {webchat: 0}}",
        [f"r:2: agents.x.channel_caps.webchat: no agent who is asked for webchat {HEAVY}"],
    ),
    ("a cap of one", "agents: {x: {queues: [main], channel_caps: {webchat: 1}}}", []),
    ("another takes them", "agents: {x: {queues: [main], channel_caps: {webchat: 0}}, y: {queues: [main]}}", []),
    (
        "one who could is not asked",
        TWO + "agents: {x: {queues: [a], capacity: 20}, y: {queues: [b]}}",
        ["r:3: agents.x.capacity: one conversation of webchat weighs 33, more than anybody asked can have; lower the weight, or raise an agent's capacity"],
    ),
    ("a rule may send it there", TWO + "agents: {x: {queues: [a], capacity: 20}, y: {queues: [b]}}\nrules: [{when: {vip: true}, queue: b}]", []),
    ("an escalation may", TWO + "agents: {x: {queues: [a], capacity: 20}, y: {queues: [b]}}\nrules: [{name: e, escalate: {queue: b}}]", []),
    ("overflow does", "queues: {a: {overflow: [{when: wait_ms > 1m, do: move_queue, queue: b}]}, b: }\ndesk: {default_queue: a}\nagents: {x: {queues: [a], capacity: 20}, y: {queues: [b]}}", []),
    ("others are let in", "queues: {a: {overflow: [{when: wait_ms > 1m, do: add_pool, pool: ['*']}]}, b: }\ndesk: {default_queue: a}\nagents: {x: {queues: [a], capacity: 20}, y: {queues: [b]}}", []),
    ("a later step does", "queues: {a: {steps: [{}, {after: 1m, pool: [b]}]}, b: }\ndesk: {default_queue: a}\nagents: {x: {queues: [a], capacity: 20}, y: {queues: [b]}}", []),
    ("it comes to an end", "queues: {main: {max_wait: 1m, at_limit: {do: close}}}\nagents: {x: {queues: [main], capacity: 20}}", []),
    ("a rule sends chats to who has room", BOTH + "rules:\n  - {when: {channel: webchat}, queue: b}\n", []),
    (
        "a rule sends chats to who takes none",
        TWO + "agents: {x: {queues: [a]}, y: {queues: [b], channel_caps: {webchat: 0}}}\nrules:\n  - when: {channel: webchat}\n    queue: b\n",
        ["r:6: rules[0].queue: no agent of the queue b has room for webchat; send it elsewhere, or give them capacity and channel_caps for it"],
    ),
    (
        "a queue that nobody has room in",
        TWO + "agents: {x: {queues: [a]}, y: {queues: [b], capacity: 5}}",
        ["r:1: queues.b: no agent of this queue has room for email, webchat; give one of them capacity and channel_caps for it"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), [row[1:] for row in ROOM], ids=[row[0] for row in ROOM])
def test_work_that_fits_nobody(text: str, told: list[str]) -> None:
    """Told at its line where it is certain, whatever else holds; else nothing is said."""
    _, faults = config.load_rulebook(
        {"r": text.encode()}, [lambda book: config.room_problems(book, ["email", "webchat"])]
    )
    assert [str(fault) for fault in faults] == told


TONGUES = "skills:\n  zh: {kind: language}\n  en: {kind: language}\n"
MUTE = "no agent who is asked for its customers has it: they wait for ever; give it to an agent of their queue, or remove it"
SPOKEN = [
    ("both", "agents: {x: {queues: [main], skills: {zh: 1, en: 1}}}", []),
    ("nobody yet", "", []),
    ("one has none", "agents: {x: {queues: [main], skills: {en: 5}}}", [f"r:2: skills.zh: {MUTE}"]),
    ("each has one", "agents: {x: {queues: [main], skills: {en: 5}}, y: {queues: [main], skills: {zh: 1}}}", []),
    ("only where they never come", TWO + "agents: {x: {queues: [a], skills: {en: 1}}, y: {queues: [b], skills: {zh: 1}}}", [f"r:2: skills.zh: {MUTE}"]),
    ("a rule sends them there", TWO + "rules: [{when: {language: zh}, queue: b}]\nagents: {x: {queues: [a], skills: {en: 1}}, y: {queues: [b], skills: {zh: 1}}}", []),
    ("a rule may", TWO + "rules: [{when: {vip: true}, queue: b}]\nagents: {x: {queues: [a], skills: {en: 1}}, y: {queues: [b], skills: {zh: 1}}}", []),
    ("a rule sends others there", TWO + "rules: [{when: {language: en}, queue: b}]\nagents: {x: {queues: [a], skills: {en: 1}}, y: {queues: [b], skills: {zh: 1, en: 1}}}", [f"r:2: skills.zh: {MUTE}"]),
    ("no language", "agents: {x: {queues: [main], skills: {zh: 1, en: 1}}}\n#", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"), [row[1:] for row in SPOKEN], ids=[row[0] for row in SPOKEN]
)
def test_a_language_that_nobody_has(text: str, told: list[str]) -> None:
    """Whoever writes in it needs it, and waits for ever."""
    _, faults = config.load_rulebook({"r": (TONGUES + text).encode()})
    assert [str(fault) for fault in faults] == told


@pytest.mark.parametrize("skill", ["zh: {kind: skill}", "mandarin: {kind: language}"])
def test_a_skill_that_nobody_writes_in(skill: str) -> None:
    """Nobody has it, and nothing needs it: no fault."""
    text = f"skills: {{{skill}}}\nagents: {{x: {{queues: [main]}}}}\n"
    assert config.load_rulebook({"r": text.encode()})[1] == ()


OVER = "the last window was on 2026-11-28: it never opens again; give it weekly windows, or a day to come"
DAYS = "exceptions: {2026-11-27: 09:00-18:00, 2026-11-28: 09:00-18:00, 2027-01-01: closed}"
OPENINGS = [
    ("over", DAYS, "queues: {q: {hours: h}}", "2026-11-30", True),
    ("the last day, in some zone", DAYS, "queues: {q: {hours: h}}", "2026-11-29", False),
    ("to come", DAYS, "queues: {q: {hours: h}}", "2026-11-01", False),
    ("weekly too", DAYS + ", weekly: {mon: 09:00-18:00}", "queues: {q: {hours: h}}", "2027-02-01", False),
    ("of a target", DAYS, "sla: {targets: [{hours: h, resolution: 1h}]}", "2026-11-30", True),
    ("what a rule asks of", DAYS, "rules: [{when: {during: h}, queue: main}]", "2026-11-30", False),
    ("of nobody", DAYS, "queues: {main: }", "2026-11-30", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "text", "today", "over"), [row[1:] for row in OPENINGS], ids=[r[0] for r in OPENINGS]
)
def test_hours_that_are_over(hours: str, text: str, today: str, over: bool) -> None:
    """What waits for them waits for ever; a campaign that is over is no fault."""
    written = f"hours:\n  h: {{{hours}}}\n{text}\n".encode()
    _, faults = config.load_rulebook(
        {"r": written}, [lambda book: config.calendar_problems(book, today)]
    )
    assert [str(f) for f in faults] == ([f"r:2: hours.h.exceptions: {OVER}"] if over else [])


def test_the_demo_desk_has_room_for_all() -> None:
    """On every channel that there is."""
    texts = {str(file): file.read_bytes() for file in DEFAULT.glob("*.yaml")}
    book, _ = config.load_rulebook(texts)
    channels = ["voice", "webchat", "email", "sms", "whatsapp", "telegram", "line", "wechat"]
    assert len(book.agents) > 1
    assert list(config.room_problems(book, channels)) == []
