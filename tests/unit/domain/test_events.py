"""The log's bodies: what is written is read back, and no customer's word is in it."""

from typing import Any, get_args, get_origin

import msgspec
import pytest

from gateway.domain import events as e

KINDS = sorted(e.KINDS.items())

# Every field a body may have. Words of customers stand in rows that can be erased, so a new field
# comes in here only after somebody has asked whether it can hold such words.
FIELDS = {
    *(
        "account",
        "agent",
        "automatic",
        "by",
        "call",
        "capacity",
        "category",
        "channel",
        "choice",
        "code",
        "conversation",
    ),
    *("action", "contact", "due", "held", "leg", "leg_state", "login", "outcome", "token"),
    *("template", "locale"),
    *(
        "expires_at",
        "files",
        "from_ms",
        "identity",
        "into",
        "language",
        "load",
        "message",
        "message_kind",
    ),
    *("metric", "node", "note", "noticed_at", "offer", "opened", "opted_out", "paused"),
    *("presence", "provider_id"),
    *("queue", "reason", "rulebook", "since", "state", "status", "step", "target", "to_ms", "turn"),
    "until",
    *("callback", "callback_kind", "closes_at", "origin_at", "owner", "tries", "visible_at"),
    *("kept_by", "promise", "verb", "version", "what", "why", "work"),
    *("macro", "vip", "asked"),
    *("survey", "score", "scores", "again"),  # what was scored is named by the rulebook
    *("anger", "notify", "priority", "rule", "urgency", "wants"),
    *("scheduled", "unless_answered"),
}
SAMPLE = {str: "x", int: 7, bool: True}


def sample(body: type[e.Body]) -> e.Body:
    """A body with every field away from its default."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(body):
        kinds = get_args(field.type) or (field.type,)
        found = SAMPLE[kinds[0]]
        whole = {tuple: (found,), dict: {"x": 7}}
        values[field.name] = whole.get(get_origin(field.type), found)
    return body(**values)


@pytest.mark.parametrize(("kind", "body"), KINDS, ids=[kind for kind, _ in KINDS])
def test_a_body_comes_back_as_it_was(kind: str, body: type[e.Body]) -> None:
    """Every kind decodes to the struct that wrote it, from the text in the log alone."""
    written = sample(body)
    event = e.Event(
        desk="desk",
        position=1,
        conversation=None,
        seq=None,
        kind=kind,
        at=0,
        actor="system",
        cause=None,
        body=e.encode_body(written),
    )
    assert e.decode_body(event) == written


def test_every_kind_is_a_fact_or_a_decision() -> None:
    """None is forgotten in the unions, none stands in both, and each has a name of its own."""
    facts, decisions = set(get_args(e.Fact)), set(get_args(e.Decision))
    assert facts.isdisjoint(decisions)
    assert facts | decisions == set(e.KINDS.values())
    assert len(e.KINDS) == len(e.Body.__subclasses__())


def test_bodies_have_no_room_for_words() -> None:
    """Ids, states and instants only."""
    assert {name for body in e.KINDS.values() for name in body.__struct_fields__} == FIELDS


def test_what_is_usual_is_not_written() -> None:
    """Defaults cost no bytes in a log that is kept for ever."""
    asked = e.AgentAsked(agent="emma", verb="presence", presence="busy")
    assert msgspec.json.decode(e.encode_body(asked)) == {
        "kind": "agent.asked",
        "agent": "emma",
        "verb": "presence",
        "presence": "busy",
    }


# What followers subscribe to: a name that has gone out is never changed.
PUBLIC = """
agent.asked agent.changed agent.over_capacity assignment.changed call.changed callback.asked clock.stepped
contact.merged contact.unmerged
conversation.continued conversation.corrected conversation.escalated conversation.joined conversation.judged conversation.opened conversation.split conversation.status identity.changed message.changed message.moved
macro.ran
survey.answered
message.received message.released message.settled message.written node.lost note.written
offer.changed promise.changed promise.ended promise.made promise.moved reply.rescheduled reply.scheduled reply.unscheduled request.refused rulebook.applied turn.changed words.changed work.changed wrapup.changed
"""


def test_kinds_keep_their_names() -> None:
    """Logs are kept for ever, and programs of others follow them by these words."""
    assert set(e.KINDS) >= set(PUBLIC.split())
