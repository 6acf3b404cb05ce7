"""The moment in which an agent writes, as the courtesy check is told of it."""

from typing import Any

import pytest

from gateway.domain.conversation import Contact, Conversation, Status
from gateway.domain.judgement import Judgement
from gateway.domain.message import Direction, Message, MessageKind, MessageState
from gateway.domain.work import Turn
from gateway.pipeline.courteous import context_of, findings, held_back
from gateway.store.queries.courtesy import Moment
from gateway.store.queries.http_rows import Bundle
from templates.courtesy import Context, Strictness

CONVERSATION = Conversation(
    id="c", desk="d", contact="p", open_of="p", status=Status.OPEN, subject="", language="en",
    account="sms", identity="tel:+491", local="", seq=1, opened_at=0, updated_at=0, inbound_at=0,
    resolved_at=None, continued_in=None,
)  # fmt: skip


def contact(name: str) -> Contact:
    """A person of this name, who reads German."""
    return Contact(
        id="p", desk="d", name=name, language="de", language_set=False, vip=False, blocked=False,
        merged_into=None, conversation="c", attributes="{}", created_at=0,
    )  # fmt: skip


def message(direction: Direction) -> Message:
    """The newest words between people."""
    return Message(
        id="m", desk="d", conversation="c", seq=1, account="sms", direction=direction,
        kind=MessageKind.TEXT, author="", identity="tel:+491", local="", text="x",
        state=MessageState.RECEIVED, reason="", detail="", provider_id=None, in_reply_to=None,
        automatic=False, verified=True, at=0, provider_at=None, key=None, body="{}",
    )  # fmt: skip


def turn(breached_at: int | None) -> Turn:
    """Somebody waits for an answer."""
    return Turn(
        id="t", desk="d", conversation="c", open_of="c", metric="first_response", queue="q",
        channel="sms", account="sms", language="en", priority=0, vip=False, opened_at=0,
        message="m", breached_at=breached_at, rulebook=1,
    )  # fmt: skip


def judged(**what: Any) -> Judgement:
    """What the conversation was taken for."""
    return Judgement(conversation="c", desk="d", **what)


THEIRS, OURS = message(Direction.IN), message(Direction.OUT)
MOMENTS = [
    ("nobody has answered", {}, False, "first_contact", True),
    ("somebody has", {}, True, "first_contact", False),
    ("a complaint", {"judgement": judged(category="complaint"), "preview": THEIRS}, True, "complaint", True),
    ("a complaint that was answered", {"judgement": judged(category="complaint"), "preview": OURS}, True, "complaint", False),
    ("anger about an order", {"judgement": judged(category="order", anger=2), "preview": THEIRS}, True, "complaint", True),
    ("displeasure", {"judgement": judged(category="order", anger=1), "preview": THEIRS}, True, "complaint", False),
    ("not judged yet", {"preview": THEIRS}, True, "complaint", False),
    ("late", {"turn": turn(5)}, True, "late", True),
    ("in time", {"turn": turn(None)}, True, "late", False),
    ("nobody waits", {}, True, "late", False),
    ("a name", {"contact": contact("Sarah Reed")}, True, "customer_name", "Sarah Reed"),
    ("a nickname", {"contact": contact("小红帽🎀")}, True, "customer_name", ""),
    ("an address for a name", {"contact": contact("+491")}, True, "customer_name", ""),
    ("the language of the conversation first", {"contact": contact("x")}, True, "customer_language", "en"),
    ("who reads", {}, True, "audience", "customer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "answered", "field", "expected"), [r[1:] for r in MOMENTS], ids=[r[0] for r in MOMENTS]
)  # fmt: skip
def test_what_the_check_is_told_of_the_moment(known, answered, field, expected) -> None:
    """What lacks in an answer matters while one is awaited, and no longer."""
    nothing = dict.fromkeys(("contact", "preview", "work", "turn", "judgement", "promise"))
    bundle = Bundle(conversation=CONVERSATION, **(nothing | known))
    context = context_of(Moment(bundle=bundle, answered=answered), "sms", 0)
    assert getattr(context, field) == expected


@pytest.mark.parametrize(
    ("label", "text", "rules"),
    [
        (
            "English with a Chinese name",
            "Dear 王芳, calm down please, the parcel is here.",
            ["brush_off"],
        ),
        ("Chinese with the name of goods", "不知道 iPhone 到没到", ["brush_off"]),
        ("signs alone", "👍", []),
        ("no text", "", []),
        ("an endless text, in its beginning", "idiot " + "word " * 20_000, ["abuse"]),
    ],
)
def test_a_text_is_read_in_its_own_language(label, text, rules) -> None:
    """That in which most of it is written, not the customer's or the agent's."""
    assert [f.rule for f in findings(text, Context(), Strictness())] == rules, label


def test_only_what_blocks_holds_back() -> None:
    """The refusal names each rule once, and says what to write instead."""
    found = findings("Calm down, idiot, moron. {name}", Context(), Strictness())
    refused = held_back(found)
    assert refused is not None
    assert refused.extra["rules"] == ["abuse", "placeholder"]
    assert len(refused.extra["findings"]) == 3
    assert refused.what_to_do.count("nobody is insulted") == 1
    assert held_back([f for f in found if f.level != "block"]) is None
