"""The rulebook as it is stored, and the difference between two of them."""

from itertools import pairwise

from pydantic import ConfigDict

import config
from config.difference import Difference, plan
from config.rulebook import Rulebook
from gateway.contract import ProviderSettings
from gateway.sandbox.chats import NAMES

DEMO = {
    "desk": {"id": "shop", "default_queue": "a", "channels": {"voice": {"wrapup": "10s"}}},
    "hours": {"shop": {"weekly": {"mon-fri": "09:00-18:00"}}, "always": "24x7"},
    "skills": {"zh": None},
    "queues": {"a": {"hours": "shop", "steps": [{"need": {"zh": 3}}, {"after": "30s"}]}, "b": None},
    "agents": {"lin": {"skills": {"zh": 5}, "queues": ["a", "b"]}, "wang": {"queues": {"a": 2}}},
    "rules": [{"when": {"text_has": "x"}, "queue": "a"}, {"queue": "b"}],
    "sla": {"targets": [{"first_response": "5m"}]},
    "surveys": {"ask": [{"channels": ["sms"], "after": "1m"}]},
}


class Anything(ProviderSettings):
    """Settings of whatever adapter."""

    model_config = ConfigDict(extra="allow")


def rulebook(**changes) -> Rulebook:
    """The rulebook above, with some top-level keys put differently."""
    return Rulebook.model_validate(DEMO | changes)


def lines(old: Rulebook, new: Rulebook) -> list[str]:
    """The difference as people read it."""
    return [str(difference) for difference in config.plan(old, new)]


def test_what_is_stored_comes_back() -> None:
    """The stored text gives the same rulebook, and the same text again; defaults are stored too."""
    text = rulebook().to_json()
    assert Rulebook.from_json(text) == rulebook()
    assert Rulebook.from_json(text).to_json() == text
    assert '"offer_timeout":null' in text


def test_equal_rulebooks_are_equal_texts() -> None:
    """The order in which people write keys does not matter, nor whether a default is written."""
    again = {key: DEMO[key] for key in reversed(DEMO)} | {"templates": {"automatic": {}}}
    assert Rulebook.model_validate(again).to_json() == rulebook().to_json()


def test_nothing_changes() -> None:
    """Two equal rulebooks differ in nothing."""
    assert lines(rulebook(), rulebook()) == []


def test_the_difference_is_readable() -> None:
    """Each line names the path, and what was and will be; of new things only what was said."""
    new = rulebook(
        desk={"id": "shop", "default_queue": "b"},
        queues=DEMO["queues"] | {"a": {"hours": "always"}, "c": {"order": "edf"}},
        agents={"lin": {"skills": {"zh": 4}, "queues": ["a", "b"]}},
    )
    assert lines(rulebook(), new) == [
        'agents.lin.skills.zh: 5 -> 4',
        'agents.wang: removed {"queues": {"a": 2}}',
        'desk.channels.voice: removed {"exclusive": true, "live": true, "weight": 100, "wrapup": "10s"}',
        'desk.default_queue: "a" -> "b"',
        'queues.a.hours: "shop" -> "always"',
        "queues.a.steps[0].need.zh: removed 3",
        'queues.a.steps[1]: removed {"after": "30s"}',
        'queues.c: added {"order": "edf"}',
    ]  # fmt: skip


def test_a_rule_put_in_front_is_one_difference() -> None:
    """Rules that only move down are not told as changed."""
    new = rulebook(rules=[{"queue": "b", "name": "first"}, *DEMO["rules"]])
    assert lines(rulebook(), new) == ['rules[0]: added {"name": "first", "queue": "b"}']


def test_a_list_of_queues_ranks_them_alike() -> None:
    """A list gives every queue rank 1, a mapping its own."""
    agents = rulebook().agents
    assert agents["lin"].queues == {"a": 1, "b": 1}
    assert agents["wang"].queues == {"a": 2}


def test_usual_channels() -> None:
    """What is said of voice stands on top of what voice usually costs; others are text."""
    book = rulebook()
    assert (book.channel("voice").weight, book.channel("voice").exclusive) == (100, True)
    assert book.channel("voice").wrapup_ms == 10_000
    assert book.channel("email").interruptible
    assert book.channel("carrier-pigeon").weight == 33


def test_work_that_is_kept_for_a_while_is_stored() -> None:
    """As it was written; how long is part of what differs."""
    books = [
        rulebook(desk={"channels": {"voice": {"on_lost": lost}}})
        for lost in ("keep", {"requeue_after": "300s"}, {"requeue_after": "1h"})
    ]
    for book in books:
        assert Rulebook.from_json(book.to_json()) == book
    assert '"on_lost":{"requeue_after":"5m"}' in books[1].to_json()
    told = [line for old, new in pairwise(books) for line in lines(old, new)]
    assert len(told) == 2
    assert all("desk.channels.voice.on_lost" in line for line in told), told


def test_calendars_have_a_zone() -> None:
    """A calendar without a zone has the desk's; a queue without hours is always open."""
    book = rulebook(desk={"timezone": "Asia/Shanghai", "default_queue": "a"})
    assert book.calendar("shop")["tz"] == "Asia/Shanghai"
    assert book.calendar("") == {"tz": "Asia/Shanghai", "kind": "24x7"}


def test_the_demo_desk_is_sound() -> None:
    """The directory that the demo serves has no fault, and what it names exists."""
    types = dict.fromkeys(("webchat", "email", "twilio_sms", "twilio_voice", *NAMES), Anything)
    loaded = config.load(config.DEFAULT, types, {})
    assert [str(fault) for fault in loaded.faults] == []
    assert set(loaded.rulebook.agents) == {"lin", "wang", "emma", "chen"}
    assert set(loaded.settings.channels) == {"chat", "mail", "sms", "voice", *NAMES}


def test_what_was_not_set_is_told_in_words() -> None:
    """A difference says `not set`, not `null`."""
    old, new = rulebook(), rulebook(agents={"lin": {"name": "Lin"}, "wang": {"queues": {"a": 2}}})
    told = [str(each) for each in plan(old, new)]
    assert told
    assert not [line for line in told if "null" in line]
    changed = Difference("queues.a.boost", "changed", None, "2m")
    assert str(changed) == 'queues.a.boost: not set -> "2m"'
