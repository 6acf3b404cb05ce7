"""Which noun is which table: its name, its key, and the columns a command may look it up by."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from gateway.domain import (
    access,
    call,
    callback,
    conversation,
    delivery,
    desk,
    events,
    job,
    judgement,
    message,
    outlet,
    promise,
    question,
    quickreply,
    savedwords,
    scheduled,
    silence,
    survey,
    work,
)

Row = msgspec.Struct
Key = tuple[Any, ...]


class Table:
    """One noun's table. Struct fields are its columns, in order."""

    def __init__(self, row: type[Row], name: str, key: str, /, **indexes: str) -> None:
        self.row = row
        self.name = name
        self.columns: tuple[str, ...] = row.__struct_fields__
        self.key = tuple(key.split())
        self.indexes = {index: tuple(columns.split()) for index, columns in indexes.items()}
        self.key_of = _getter(self.key)
        self.value_of = {index: _getter(columns) for index, columns in self.indexes.items()}


def _getter(columns: tuple[str, ...]) -> Callable[[Row], Key]:
    if len(columns) == 1:
        one = attrgetter(columns[0])
        return lambda row: (one(row),)
    return attrgetter(*columns)


_TABLES = (
    Table(desk.Desk, "desk", "id"),
    Table(desk.Rulebook, "rulebook", "desk version"),
    Table(desk.Budget, "budget", "desk name"),
    Table(desk.Lease, "lease", "name"),
    Table(events.Event, "event", "desk position"),
    Table(delivery.Delivery, "delivery", "id"),
    Table(delivery.InboundKey, "inbound_key", "account key"),
    Table(delivery.DeadLetter, "dead_letter", "id", delivery="delivery"),
    Table(delivery.Cursor, "cursor", "account name"),
    Table(
        delivery.EarlyReport,
        "early_report",
        "account provider_message key",
        message="account provider_message",
    ),
    Table(conversation.Contact, "contact", "id", merged="merged_into"),
    Table(conversation.Identity, "identity", "desk urn", contact="contact"),
    Table(
        conversation.Conversation,
        "conversation",
        "id",
        open_of="open_of",
        contact="contact",
        before="continued_in",
    ),
    Table(message.Message, "message", "id", provider="account provider_id", key="conversation key"),
    Table(message.Attachment, "attachment", "id", message="message"),
    Table(message.Note, "note", "id"),
    Table(job.Job, "job", "id", key="kind key", lane="lane"),
    Table(job.Attempt, "attempt", "id", key="key"),
    Table(call.Call, "phone_call", "id", live_of="live_of"),
    Table(call.Leg, "call_leg", "id", call="call", provider="account provider_id"),
    Table(
        callback.Callback,
        "callback",
        "id",
        live_of="desk live_of",
        conversation="conversation",
        number="desk number",
        slot="slot",
    ),
    Table(promise.Promise, "promise", "id", conversation="conversation"),
    Table(scheduled.Scheduled, "scheduled", "id", conversation="conversation"),
    Table(question.FirstQuestion, "first_question", "conversation"),
    Table(quickreply.QuickReply, "quick_reply", "id", owner="desk owner"),
    Table(quickreply.Usage, "usage", "desk kind name"),
    Table(savedwords.SavedWords, "saved_words", "desk name locale version"),
    Table(silence.Silence, "silence", "conversation"),
    Table(survey.Survey, "survey", "id", live="desk live_of"),
    Table(outlet.Outlet, "outlet", "desk name"),
    Table(work.Work, "work", "id", live_of="live_of"),
    Table(work.Offer, "offer", "id"),
    Table(work.AgentState, "agent_state", "desk login"),
    Table(judgement.Judgement, "judgement", "conversation"),
    Table(work.Turn, "turn", "id", open_of="open_of"),
    Table(work.Resolution, "resolution", "conversation"),
    Table(
        access.User,
        "user_account",
        "desk login",
        invite="invite_hash",
        subject="desk issuer subject",
    ),
    Table(access.Session, "session", "hash", login="desk login"),
    Table(access.ApiToken, "api_token", "id", hash="hash"),
    Table(access.Visitor, "visitor", "hash"),
    Table(access.Idempotency, "idempotency", "desk actor key"),
    Table(access.AuditEntry, "audit_entry", "desk seq"),
)

TABLES: dict[type[Row], Table] = {table.row: table for table in _TABLES}
