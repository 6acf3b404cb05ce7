"""What a delivery changes."""

from typing import Any

import pytest

from gateway.contract import DeliveryReport, MailParts, PresenceEvent, Reason, Unreadable
from gateway.domain.clock import DAY_MS
from gateway.domain.conversation import Contact, Conversation, Identity, Status, Verb
from gateway.domain.delivery import Cursor, DeadLetter, Delivery, EarlyReport, InboundKey
from gateway.domain.job import Job, JobKind, JobState
from gateway.domain.message import Message, MessageState
from gateway.verbs.change import View
from gateway.verbs.contact import EditContact
from gateway.verbs.conversation import SetStatus
from gateway.verbs.message import Write
from gateway.verbs.settle import Settle
from tests.unit.verbs.paper import PaperDesk, accept, claim, said


def test_a_first_message_makes_all_it_needs() -> None:
    """Contact, identity, conversation, message, delivery and facts appear together."""
    desk = PaperDesk()
    answer = desk.run(accept(said("你好", "1", sender_name="王女士")))
    assert desk.kinds() == ["conversation.opened", "message.received"]
    conversation, message = desk.one(Conversation), desk.one(Message)
    assert (conversation.status, conversation.language) == (Status.OPEN, "zh")
    assert (message.seq, message.conversation, message.state) == (2, conversation.id, "received")
    assert desk.one(Contact).name == "王女士"
    assert desk.one(Identity).contact == conversation.contact == conversation.open_of
    assert desk.one(Delivery).events == 1
    assert answer.messages[0].id == message.id


SCRIPTS: list[tuple[str, str, tuple[str, ...], str, str]] = [
    ("traditional at once", "zh-CN", ("請問有貨嗎",), "zh-TW", "zh-TW"),
    ("after a greeting", "zh-CN", ("你好", "請問有貨嗎"), "zh-TW", "zh-TW"),
    ("after a picture", "zh-CN", ("", "請問有貨嗎", "好"), "zh-TW", "zh-TW"),
    ("simplified after all", "zh-CN", ("請問有貨嗎", "请问有货吗"), "zh", "zh"),
    ("a name in traditional characters", "zh-CN", ("请问有货吗", "我叫林雲"), "zh", "zh"),
    ("a greeting at a desk in Taipei", "zh-TW", ("你好",), "zh-TW", "zh-TW"),
    ("simplified at a desk in Taipei", "zh-TW", ("请问有货吗", "好的"), "zh", "zh"),
    ("a greeting alone", "en", ("你好", "在不在"), "zh", "zh"),
    ("English stays", "zh-TW", ("Hello", "請問有貨嗎"), "en", "en"),
]


@pytest.mark.parametrize(
    ("label", "desks", "texts", "conversations", "contacts"), SCRIPTS, ids=[s[0] for s in SCRIPTS]
)
def test_who_writes_a_script_is_known_for_it(
    label: str, desks: str, texts: tuple[str, ...], conversations: str, contacts: str
) -> None:
    """Conversation and contact follow the newest words that tell a script."""
    desk = PaperDesk()
    for number, text in enumerate(texts):
        desk.run(accept(said(text, str(number)), locale=desks))
    assert desk.one(Conversation).language == conversations
    assert (desk.one(Contact).language or "en") == (contacts if texts[0] else "en")


PEOPLE = "我要找真人客服"  # no character of it tells a script
PAGES: list[tuple[str, str, str, tuple[str, ...], str]] = [
    ("no character tells it", "zh-TW", "zh-CN", (PEOPLE,), "zh-TW"),
    ("an app in traditional characters", "zh-hant", "zh-CN", (PEOPLE,), "zh-TW"),
    ("nor any page", "", "zh-CN", (PEOPLE,), "zh"),
    ("the mainland's page at a desk in Taipei", "zh-CN", "zh-TW", (PEOPLE,), "zh"),
    ("words are stronger", "zh-TW", "zh-CN", ("请问有货吗",), "zh"),
    ("words are stronger, the other way", "zh-CN", "zh-CN", ("請問有貨嗎",), "zh-TW"),
    ("words before are stronger", "zh-TW", "zh-CN", ("请问有货吗", PEOPLE), "zh"),
    ("words after are stronger", "zh-TW", "zh-CN", (PEOPLE, "请问有货吗"), "zh"),
    ("after a picture", "zh-TW", "zh-CN", ("", PEOPLE), "zh-TW"),
    ("English on it", "zh-TW", "zh-CN", ("Where is it?",), "en"),
]


@pytest.mark.parametrize(
    ("label", "page", "desks", "texts", "language"), PAGES, ids=[row[0] for row in PAGES]
)
def test_the_page_tells_the_script_where_words_do_not(
    label: str, page: str, desks: str, texts: tuple[str, ...], language: str
) -> None:
    """The locale that a widget or an app told, before the desk's own."""
    desk = PaperDesk()
    for number, text in enumerate(texts):
        desk.run(accept(said(text, str(number), locale=page), locale=desks))
    assert desk.one(Conversation).language == language, label


def test_the_page_tells_the_script_of_a_later_conversation() -> None:
    """Of who wrote English before, or nothing that tells it."""
    desk = PaperDesk()
    desk.run(accept(said("Where is it?", "1"), locale="zh-CN"))
    verb = SetStatus(
        desk="desk", conversation=desk.one(Conversation).id, verb=Verb.RESOLVE, by="agent:a"
    )
    desk.run(verb)
    desk.now += 30 * DAY_MS
    desk.run(accept(said(PEOPLE, "later", locale="zh-TW"), locale="zh-CN"))
    assert desk.all(Conversation)[-1].language == "zh-TW"


LATER = [
    ("a greeting", ("請問有貨嗎",), "您好", "zh-TW"),
    ("a greeting of who turned back", ("請問有貨嗎", "请问有货吗"), "您好", "zh"),
    ("the goods by their traditional name", ("请问有货吗",), "我想喝鳳凰單叢", "zh"),
]


@pytest.mark.parametrize(
    ("label", "texts", "later", "language"), LATER, ids=[row[0] for row in LATER]
)
def test_what_is_known_of_a_writer_is_for_their_next_conversation(
    label: str, texts: tuple[str, ...], later: str, language: str
) -> None:
    """What both scripts have is read as they wrote before, at a desk in Hangzhou too."""
    desk = PaperDesk()
    for number, text in enumerate(texts):
        desk.run(accept(said(text, str(number)), locale="zh-CN"))
    desk.run(
        SetStatus(
            desk="desk", conversation=desk.one(Conversation).id, verb=Verb.RESOLVE, by="agent:a"
        )
    )
    desk.now += 30 * DAY_MS
    desk.run(accept(said(later, "later"), locale="zh-CN"))
    assert desk.all(Conversation)[-1].language == language, label
    assert desk.one(Contact).language == language, label


@pytest.mark.parametrize("language", ["zh", "zh-CN", "zh-TW", "en"])
def test_what_an_agent_has_set_stays(language: str) -> None:
    """In whatever script they write afterwards."""
    desk = PaperDesk()
    desk.run(accept(said("您好", "1"), locale="zh-CN"))
    desk.run(EditContact(desk="desk", contact=desk.one(Contact).id, by="a", language=language))
    for number, text in enumerate(("請問有貨嗎", "请问有货吗", "請問有貨嗎")):
        desk.run(accept(said(text, f"after{number}"), locale="zh-CN"))
        assert desk.one(Contact).language == language


def test_a_subject_tells_the_script_of_a_short_mail() -> None:
    """Where the words below it do not."""
    desk = PaperDesk()
    desk.run(accept(said("你好", "1", mail=MailParts(subject="訂單還沒到")), locale="zh-CN"))
    assert desk.one(Conversation).language == "zh-TW"


def test_a_name_is_one_line() -> None:
    """Whatever the provider puts into it, the first time and later; a family's emoji stays one."""
    desk = PaperDesk()
    desk.run(accept(said("hi", "1", sender_name="Wang\r\nLei\u2028 ")))
    assert (desk.one(Contact).name, desk.one(Identity).name) == ("Wang Lei", "Wang Lei")
    desk.run(accept(said("hi", "2", sender_name="\0Lei \U0001f468\u200d\U0001f467")))
    assert desk.one(Identity).name == "Lei \U0001f468\u200d\U0001f467"


def test_the_same_delivery_twice_changes_nothing() -> None:
    """A known key is answered with the message it made, and nothing is written."""
    desk = PaperDesk()
    first = desk.run(accept(said("yes", "1")))
    before = len(desk.events)
    second = desk.run(accept(said("yes", "1")))
    assert (second.delivery, second.duplicates) == (None, 1)
    assert second.messages[0].id == first.messages[0].id
    assert len(desk.events) == before
    assert len(desk.all(Delivery)) == 1


def test_a_second_yes_is_a_second_message() -> None:
    """Never deduplicate by text."""
    desk = PaperDesk()
    desk.run(accept(said("yes", "1")), accept(said("yes", "2")))
    assert len(desk.all(Message)) == 2
    assert len(desk.all(Conversation)) == 1


def test_copies_in_one_batch_make_one_message() -> None:
    """Fifty concurrent copies of a new customer's message: one contact, one conversation."""
    desk = PaperDesk()
    desk.run(*(accept(said("hi", "1")) for _ in range(50)))
    assert [len(desk.all(t)) for t in (Message, Contact, Conversation)] == [1, 1, 1]


def test_who_writes_much_is_looked_up_once() -> None:
    """What a delivery reads grows with its messages and its senders, not with both."""
    desk = PaperDesk()
    desk.run(accept(said("hi", "0")))
    much = accept(*(said("and?", str(number)) for number in range(1, 101)))
    lookups = [lookup for lookup in much.reads(View()) if lookup.row is not InboundKey]
    assert len(lookups) == len(set(lookups))
    desk.run(much)
    assert len(desk.all(Message)) == 101


def test_a_known_item_does_not_hide_a_new_one() -> None:
    """A batch of updates is applied item by item."""
    desk = PaperDesk()
    desk.run(accept(said("a", "1")))
    desk.run(accept(said("a", "1"), said("b", "2")))
    assert [m.text for m in desk.all(Message)] == ["a", "b"]


def test_what_cannot_be_read_waits_for_a_person() -> None:
    """The rest of the delivery goes in."""
    desk = PaperDesk()
    desk.run(accept(Unreadable(detail="what is this"), said("a", "1")))
    assert desk.one(DeadLetter).detail == "what is this"
    assert desk.one(Delivery).unreadable == 1
    assert len(desk.all(Message)) == 1


def test_a_cursor_commits_with_what_it_covers() -> None:
    """Also when everything was known already."""
    desk = PaperDesk()
    desk.run(accept(said("a", "1"), cursor=("imap:INBOX", "7:1")))
    desk.run(accept(said("a", "1"), cursor=("imap:INBOX", "7:2")))
    assert desk.one(Cursor).value == "7:2"


@pytest.mark.parametrize(
    ("label", "age_ms", "reopened"),
    [("young", DAY_MS, True), ("old", 8 * DAY_MS, False)],
)
def test_reopening(label: str, age_ms: int, reopened: bool) -> None:
    """A resolved conversation is opened again while it is young; later a new one opens."""
    desk = PaperDesk()
    desk.run(accept(said("a", "1")))
    first = desk.one(Conversation).id
    desk.run(SetStatus(desk="desk", conversation=first, verb=Verb.RESOLVE, by="agent:e"))
    desk.now += age_ms
    desk.run(accept(said("b", "2")))
    assert (len(desk.all(Conversation)) == 1) is reopened, label
    open_ones = [c for c in desk.all(Conversation) if c.open_of is not None]
    assert len(open_ones) == 1
    assert open_ones[0].status is Status.OPEN


def mail(key: str, sender: str, **fields: Any) -> Any:
    parts = MailParts(message_id=f"<{key}@x>", references=fields.pop("references", ()))
    return said(f"text {key}", key, sender, mail=parts, verified=False, **fields)


def test_a_forged_reference_never_lets_one_person_into_anothers_conversation() -> None:
    """References count for the same sender only; others open their own."""
    desk = PaperDesk()
    desk.run(accept(mail("1", "mailto:a@x")))
    mine = desk.one(Conversation).id
    desk.run(accept(mail("2", "mailto:eve@x", references=("<1@x>",))))
    desk.run(accept(mail("3", "mailto:a@x", references=("<1@x>",))))
    by_key = {m.text: m for m in desk.all(Message)}
    assert by_key["text 3"].conversation == mine
    assert by_key["text 2"].conversation != mine


def test_a_proved_conversation_admits_strangers_as_unverified() -> None:
    """A forwarded mail with our reply address joins, and does not change where replies go."""
    desk = PaperDesk()
    desk.run(accept(mail("1", "mailto:a@x")))
    mine = desk.one(Conversation)
    desk.run(accept(mail("2", "mailto:boss@x", conversation=mine.id)))
    joined = next(m for m in desk.all(Message) if m.text == "text 2")
    assert (joined.conversation, joined.verified) == (mine.id, False)
    assert desk.tables[Conversation][mine.id,].identity == "mailto:a@x"


def test_a_stranger_does_not_reopen_what_is_resolved() -> None:
    """With the address of a resolved conversation, a stranger opens their own."""
    desk = PaperDesk()
    desk.run(accept(mail("1", "mailto:a@x")))
    mine = desk.one(Conversation).id
    desk.run(SetStatus(desk="desk", conversation=mine, verb=Verb.RESOLVE, by="agent:e"))
    desk.run(accept(mail("2", "mailto:boss@x", conversation=mine)))
    assert desk.tables[Conversation][mine,].status is Status.RESOLVED
    assert len(desk.all(Conversation)) == 2


def test_an_old_thread_joins_what_is_open() -> None:
    """One open conversation a contact: an answer to a resolved one joins the open one."""
    desk = PaperDesk()
    desk.run(accept(mail("1", "mailto:a@x")))
    old = desk.one(Conversation).id
    desk.run(SetStatus(desk="desk", conversation=old, verb=Verb.RESOLVE, by="agent:e"))
    desk.now += 8 * DAY_MS
    desk.run(accept(mail("2", "mailto:a@x")))
    desk.now -= 7 * DAY_MS  # as if the old one were young again
    desk.run(accept(mail("3", "mailto:a@x", conversation=old)))
    assert len([c for c in desk.all(Conversation) if c.open_of is not None]) == 1


def test_machines_ask_nobody_for_an_answer() -> None:
    """An automatic mail opens nothing, and is never acknowledged."""
    desk = PaperDesk()
    desk.run(accept(said("I am away", "1", automatic=True), first_answer="acknowledged"))
    assert desk.one(Conversation).status is Status.RESOLVED
    assert desk.bodies("message.received")[0].automatic
    assert desk.all(Job) == []


def test_one_acknowledgement_a_conversation() -> None:
    """It is a job of the first message, not of the second."""
    desk = PaperDesk()
    for key in ("1", "2"):
        desk.run(accept(said("hi", key), first_answer="acknowledged", first_answer_after_ms=500))
    job = desk.one(Job)
    assert (job.kind, job.due_at) == (JobKind.AUTO_REPLY, desk.now + 500)


def test_a_blocked_contact_is_heard_and_not_served() -> None:
    """The message is kept; nobody is asked to answer it."""
    desk = PaperDesk()
    desk.run(accept(said("a", "1")))
    contact = desk.one(Contact).id
    desk.run(EditContact(desk="desk", contact=contact, by="agent:e", blocked=True))
    desk.run(accept(said("b", "2")))
    assert [b.automatic for b in desk.bodies("message.received")] == [False, True]


def test_opting_out_and_in() -> None:
    """STOP and START change the identity, once each, with a fact."""
    desk = PaperDesk()
    desk.run(
        accept(said("STOP", "1"), PresenceEvent(key="p:1", what="opted_out", sender="tel:+491"))
    )
    assert desk.one(Identity).opted_out
    desk.run(accept(PresenceEvent(key="p:2", what="opted_in", sender="tel:+491")))
    assert not desk.one(Identity).opted_out
    assert desk.kinds().count("identity.changed") == 2


# --- reports ---


def sent_message(desk: PaperDesk) -> Any:
    desk.run(accept(said("a", "1")))
    conversation = desk.one(Conversation)
    return desk.run(
        Write(
            desk="desk",
            conversation=conversation.id,
            author="agent:e",
            text="hello",
            account="sms",
            channel="sms",
            identity="tel:+491",
        )
    )


def settle(desk: PaperDesk, **fields: Any) -> None:
    """As the worker does after a claim."""
    job = next(j for j in desk.all(Job) if j.kind is JobKind.SEND)
    attempt = claim(desk, job)
    values = {"outcome": "accepted", "detail": "", "state": MessageState.SENT} | fields
    desk.run(Settle(job=job.id, attempt=attempt, **values))


REPORTS = {
    "in order": (["sent", "delivered", "read"], "read"),
    "backwards": (["read", "delivered", "sent"], "read"),
    "delivered after failed": (["failed", "delivered"], "delivered"),
    "failed after delivered": (["delivered", "failed"], "delivered"),
}


@pytest.mark.parametrize("label", REPORTS)
def test_reports_in_any_order(label: str) -> None:
    """A state goes forward only, whatever order reports come in."""
    states, end = REPORTS[label]
    desk = PaperDesk()
    sent_message(desk)
    settle(desk, provider_id="P1")
    for number, state in enumerate(states):
        report = DeliveryReport(
            key=f"report:{number}", state=MessageState(state), provider_message="P1"
        )
        desk.run(accept(report))
    message = next(m for m in desk.all(Message) if m.direction == "out")
    assert message.state == end


def test_a_report_before_we_know_the_name() -> None:
    """It is kept, and applied when the try is settled."""
    desk = PaperDesk()
    sent_message(desk)
    report = DeliveryReport(key="report:1", state=MessageState.DELIVERED, provider_message="P1")
    desk.run(accept(report))
    assert desk.one(EarlyReport).provider_message == "P1"
    settle(desk, provider_id="P1")
    message = next(m for m in desk.all(Message) if m.direction == "out")
    assert message.state is MessageState.DELIVERED
    assert desk.all(EarlyReport) == []


def test_a_report_ends_doubt() -> None:
    """A job that waits in doubt goes when a report tells what became of its message."""
    desk = PaperDesk()
    written = sent_message(desk)
    settle(
        desk,
        outcome="in_doubt",
        state=None,
        job_state=JobState.READY,
        due_at=desk.now + 9,
        body='{"since":1,"ask":true}',
    )
    report = DeliveryReport(
        key="report:1", state=MessageState.SENT, provider_message="P9", message=written.id
    )
    desk.run(accept(report))
    assert desk.all(Job) == []


def test_a_report_that_the_customer_opted_out() -> None:
    """The message fails with that reason, and the address is not written to again."""
    desk = PaperDesk()
    sent_message(desk)
    settle(desk, provider_id="P1")
    report = DeliveryReport(
        key="report:1",
        state=MessageState.FAILED,
        provider_message="P1",
        opted_out=True,
        reason=Reason.OPTED_OUT,
        code="21610",
    )
    desk.run(accept(report))
    message = next(m for m in desk.all(Message) if m.direction == "out")
    assert (message.state, message.reason) == ("failed", "opted_out")
    assert desk.one(Identity).opted_out


@pytest.mark.parametrize("ours", [False, True], ids=["by its provider's id", "as one of ours"])
def test_a_report_of_a_customers_message(ours: bool) -> None:
    """Its id is known to others, so what is said of it moves nothing and silences nobody."""
    desk = PaperDesk()
    desk.run(accept(said("a", "1")))
    message = desk.one(Message)
    report = DeliveryReport(
        key="report:1",
        state=MessageState.FAILED,
        provider_message=message.provider_id,
        message=message.id if ours else None,
        opted_out=True,
        reason=Reason.OPTED_OUT,
    )
    desk.run(accept(report))
    assert desk.one(Message) == message
    assert not desk.one(Identity).opted_out
    assert [key.message for key in desk.all(InboundKey)] == [message.id, None]


def test_keys_remember_what_they_made() -> None:
    """Every applied event has its key, with the message it is about."""
    desk = PaperDesk()
    desk.run(accept(said("a", "1")))
    assert desk.one(InboundKey).message == desk.one(Message).id
