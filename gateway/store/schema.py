"""The tables: one for each noun of the domain, and two that only the store knows."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from gateway.domain import rows
from gateway.store.codec import plain_type

metadata = MetaData()

# Byte order: the same on both engines, and cheaper to compare than a language's.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_TYPES: dict[type, TypeEngine[Any]] = {
    int: BigInteger(),
    bool: Boolean(create_constraint=False),
    bytes: LargeBinary(),
}

# Small rows that are found by their key alone: one B-tree instead of two on SQLite.
_CLUSTERED = {
    *("desk", "rulebook", "budget", "lease", "event", "inbound_key", "cursor", "early_report"),
    *("identity", "agent_state", "user_account", "session", "visitor", "idempotency"),
    *("audit_entry", "outlet", "judgement", "silence", "usage", "first_question"),
    "saved_words",
}


def _columns(noun: rows.Table) -> list[Column[Any]]:
    out = []
    for name, annotation in noun.row.__annotations__.items():
        kind, optional = plain_type(annotation)
        out.append(
            Column(
                name,
                _TYPES.get(kind, _TEXT),
                primary_key=name in noun.key,
                nullable=optional,
                autoincrement=False,
            )
        )
    return out


for _noun in rows.TABLES.values():
    Table(
        _noun.name,
        metadata,
        *_columns(_noun),
        sqlite_with_rowid=_noun.name not in _CLUSTERED,
    )

# The job at the head of each lane that is free to run: what a claim reads. It is an index of `job`
# that no CREATE INDEX can say, kept by whoever writes jobs, so that a claim costs the same whether
# ten jobs or a hundred thousand wait behind blocked lanes and busy accounts.
lane = Table(
    "lane",
    metadata,
    Column("desk", _TEXT, primary_key=True),
    Column("lane", _TEXT, primary_key=True),
    Column("job", _TEXT, nullable=False),
    Column("kind", _TEXT, nullable=False),
    Column("account", _TEXT, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What can be searched, and by which tokens. SQLite's index of the tokens is a virtual table,
# PostgreSQL's an index by expression; both are made in the migrations.
search_doc = Table(
    "search_doc",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("desk", _TEXT, nullable=False),
    Column("kind", _TEXT, nullable=False),
    Column("ref", _TEXT, nullable=False),
    Column("conversation", _TEXT),
    Column("contact", _TEXT),
    Column("at", BigInteger, nullable=False),
    Column("tokens", _TEXT, nullable=False),
)

# What the migrations make, which a test compares. name: (table, columns, unique, only where)
INDEXES: dict[str, tuple[str, str, bool, str]] = {
    "event_conversation": ("event", "conversation seq", False, "conversation IS NOT NULL"),
    "delivery_account": ("delivery", "account received_at", False, ""),
    "dead_letter_delivery": ("dead_letter", "delivery", False, ""),
    "dead_letter_state": ("dead_letter", "state at", False, ""),
    "contact_merged": ("contact", "merged_into", False, "merged_into IS NOT NULL"),
    "identity_contact": ("identity", "contact", False, ""),
    "conversation_open": ("conversation", "open_of", True, "open_of IS NOT NULL"),
    "conversation_contact": ("conversation", "contact", False, ""),
    "conversation_continued": (
        "conversation",
        "continued_in",
        False,
        "continued_in IS NOT NULL",
    ),
    "conversation_status": ("conversation", "desk status updated_at id", False, ""),
    "message_seq": ("message", "conversation seq", False, ""),
    "message_key": ("message", "conversation key", True, "key IS NOT NULL"),
    "message_provider": ("message", "account provider_id", False, "provider_id IS NOT NULL"),
    "attachment_message": ("attachment", "message", False, ""),
    "attachment_file": ("attachment", "sha256", False, "sha256 IS NOT NULL"),
    "attachment_thumbnail": ("attachment", "thumbnail", False, "thumbnail IS NOT NULL"),
    "note_seq": ("note", "conversation seq", False, ""),
    "job_lane": ("job", "lane state seq id", False, ""),
    "job_key": ("job", "kind key", False, ""),
    "job_state": ("job", "state due_at", False, ""),
    "attempt_key": ("attempt", "key", False, ""),
    "call_live": ("phone_call", "live_of", True, "live_of IS NOT NULL"),
    "call_conversation": ("phone_call", "conversation", False, ""),
    "call_back": ("phone_call", "desk ended_at", False, "callback IS NOT NULL"),
    "leg_call": ("call_leg", "call", False, ""),
    "leg_provider": ("call_leg", "account provider_id", True, "provider_id IS NOT NULL"),
    "callback_live": ("callback", "desk live_of", True, "live_of IS NOT NULL"),
    "callback_conversation": ("callback", "conversation", False, ""),
    "callback_number": ("callback", "desk number", False, ""),
    "callback_slot": ("callback", "slot", False, "slot IS NOT NULL"),
    "callback_ended": ("callback", "desk ended_at", False, "ended_at IS NOT NULL"),
    "promise_live": ("promise", "desk due", False, "ended_at IS NULL"),
    "promise_owner": ("promise", "desk owner due id", False, ""),
    "promise_conversation": ("promise", "conversation", False, ""),
    "promise_kept": ("promise", "kept_by", False, "kept_by IS NOT NULL"),
    "promise_ended": ("promise", "desk ended_at", False, "ended_at IS NOT NULL"),
    "scheduled_live": ("scheduled", "desk send_at id", False, "ended_at IS NULL"),
    "scheduled_conversation": ("scheduled", "conversation", False, ""),
    "silence_live": ("silence", "desk", False, "live_of IS NOT NULL"),
    "survey_live": ("survey", "desk live_of", False, "live_of IS NOT NULL"),
    "survey_conversation": ("survey", "conversation", False, ""),
    "survey_asked": ("survey", "desk asked_at", False, ""),
    "first_question_at": ("first_question", "desk at", False, ""),
    "quick_reply_owner": ("quick_reply", "desk owner", False, ""),
    "work_live": ("work", "live_of", True, "live_of IS NOT NULL"),
    "work_conversation": ("work", "conversation", False, ""),
    "offer_live": ("offer", "agent conversation", False, "ended_at IS NULL"),
    "offer_work": ("offer", "work", False, ""),
    "turn_open": ("turn", "open_of", True, "open_of IS NOT NULL"),
    "turn_conversation": ("turn", "conversation opened_at", False, ""),
    "turn_closed": ("turn", "desk closed_at", False, "closed_at IS NOT NULL"),
    "resolution_open": ("resolution", "desk", False, "resolved_at IS NULL"),
    "resolution_closed": ("resolution", "desk resolved_at", False, "resolved_at IS NOT NULL"),
    "user_invite": ("user_account", "invite_hash", False, ""),
    "user_subject": ("user_account", "desk issuer subject", False, ""),
    "session_login": ("session", "desk login", False, ""),
    "api_token_hash": ("api_token", "hash", True, ""),
    "idempotency_expiry": ("idempotency", "expires_at", False, ""),
    "search_doc_ref": ("search_doc", "kind ref", True, ""),
    "search_doc_contact": ("search_doc", "contact", False, ""),
    "lane_due": ("lane", "desk kind account due_at", False, ""),
}

# Columns that at most one row may hold: whoever lets go is written before whoever takes.
HELD_ONCE = {
    "conversation": "open_of",
    "phone_call": "live_of",
    "callback": "live_of",
    "work": "live_of",
    "turn": "open_of",
}

# Indexed columns that most writes leave as they are: then their indexes are left alone too.
SELDOM_CHANGED = {
    "conversation": ("contact", "open_of"),
    "message": ("account", "conversation", "seq", "provider_id", "key"),
}

# What is never written twice: an equal key is a fault to be seen, not a row to be replaced.
APPEND_ONLY = frozenset(("event", "inbound_key", "audit_entry", "rulebook", "saved_words"))
