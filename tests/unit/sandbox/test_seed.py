"""The customers who have written already leave room for whoever tries the demo."""

import msgspec
import pytest

from config import DEFAULT, load
from config.rulebook import Rulebook
from gateway.domain.clock import MINUTE_MS
from gateway.domain.judgement import Judgement
from gateway.domain.language import language_of
from gateway.pipeline.inforce import Case, InForce
from gateway.registry import Registry
from gateway.sandbox.demo import Sandbox
from gateway.sandbox.seed import CHATS, MAILS, TEXTS
from routing.classify import own_model

FIRST = [
    *(("webchat", " ".join(chat.lines)) for chat in CHATS),
    *(("sms", " ".join(lines)) for _, lines in TEXTS),
    *(("email", f"{mail.subject}\n{mail.text}") for mail in MAILS),
]
NEW = ("webchat", "email", "sms")  # what one tries first


@pytest.fixture
def rulebook(sandbox: Sandbox) -> Rulebook:
    """The demo's."""
    registry = Registry.load()
    types = {name: registry.get(name).settings_type for name in registry.names()}
    return load(DEFAULT, types, sandbox.environment()).rulebook


def takers(rulebook: Rulebook, channel: str, text: str) -> set[str]:
    """Who may be offered what a customer writes, within the first minutes."""
    inforce = InForce(1, rulebook)
    case = Case(
        conversation="c",
        account="",
        channel=channel,
        language=language_of(text),
        vip=False,
        status="open",
        text=text,
        last_agent=None,
    )
    heard = Judgement(conversation="c", desk="demo", language=case.language)
    rule = inforce.rules.naming(inforce.facts(case, heard))
    category = rule.category if rule is not None else own_model().categorize(text).category
    routed = inforce.route(case, msgspec.structs.replace(heard, category=category))
    steps = rulebook.queues[routed.queue].steps
    needs = [routed.needs | step.need for step in steps if step.after_ms < 5 * MINUTE_MS]
    return {
        login
        for login, agent in rulebook.agents.items()
        if routed.queue in agent.queues
        and any(all(agent.skills.get(s, 0) >= level for s, level in n.items()) for n in needs)
    }


@pytest.mark.parametrize("login", ["lin", "wang", "emma", "chen"])
def test_each_agent_has_room_for_what_one_tries_first(rulebook: Rulebook, login: str) -> None:
    """Whoever takes all that there is still takes a chat, a mail and a text beside it."""
    weight = {name: channel.weight for name, channel in rulebook.desk.channels.items()}
    held = [channel for channel, text in FIRST if login in takers(rulebook, channel, text)]
    assert held, "nor is anybody's list empty"
    assert sum(weight[c] for c in (*held, *NEW)) <= rulebook.agents[login].capacity


def test_everybody_who_has_written_is_somebodys(rulebook: Rulebook) -> None:
    """Nobody who is served in a language is left to an agent who does not speak it."""
    for channel, text in FIRST:
        found = takers(rulebook, channel, text)
        assert found
        spoken = [rulebook.agents[login].skills for login in found]
        assert all(language_of(text) in skills for skills in spoken), text
