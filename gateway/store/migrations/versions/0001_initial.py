"""The first schema.

Revision ID: 0001
Revises:
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str, *, key: bool = False, null: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, _TEXT, primary_key=key, nullable=null)


def _int(name: str, *, key: bool = False, null: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger(), primary_key=key, nullable=null, autoincrement=False)


def _serial(name: str) -> "sa.Column[Any]":
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column(name, kind, primary_key=True)


def _bool(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Boolean(create_constraint=False), nullable=False)


def _bytes(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _aim() -> "Iterator[sa.Column[Any]]":
    """What targets and reports choose a promise by."""
    yield from map(_text, ("queue", "channel", "account", "language"))
    yield _int("priority")
    yield _bool("vip")


def _promise() -> "Iterator[sa.Column[Any]]":
    """By when, and what was noticed of it."""
    for name in ("target_ms", "due", "warn_at", "warned_at", "breached_at"):
        yield _int(name, null=True)


def _index(
    name: str, table: str, columns: list[str], *, unique: bool = False, where: str = ""
) -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    """Tables, then indexes, then what only one engine has."""
    _tables()
    _indexes()
    if op.get_bind().dialect.name == "sqlite":
        # Tokens are cut before they come here, so nothing but the blank parts them; what a
        # document held is asked of search_doc.
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "tokens, content='search_doc', content_rowid='id', tokenize='ascii', detail='none')"
        )
    else:
        op.execute(
            "CREATE INDEX search_tokens ON search_doc"
            " USING gin (array_to_tsvector(string_to_array(tokens, ' ')))"
        )


def downgrade() -> None:
    """There is nothing before the first schema."""
    raise RuntimeError("there is no schema before 0001; restore a backup instead")


def _tables() -> None:
    op.create_table(
        "desk",
        _text("id", key=True),
        _int("head"),
        _int("clock_ms"),
        _text("owner", null=True),
        _int("epoch"),
        _int("lease_until"),
        _int("applied"),
        _int("rulebook"),
        _int("audited"),
        _int("paused_at", null=True),
        _int("resumed_at"),
        _int("words"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rulebook",
        _text("desk", key=True),
        _int("version", key=True),
        _text("content"),
        _text("by"),
        _int("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "budget",
        _text("desk", key=True),
        _text("name", key=True),
        _int("since"),
        _int("used"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lease",
        _text("name", key=True),
        _text("node"),
        _int("epoch"),
        _int("until"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event",
        _text("desk", key=True),
        _int("position", key=True),
        _text("conversation", null=True),
        _int("seq", null=True),
        _text("kind"),
        _int("at"),
        _text("actor"),
        _int("cause", null=True),
        _text("body"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery",
        _text("id", key=True),
        _text("desk"),
        _text("account"),
        _int("received_at"),
        _text("method"),
        _text("path"),
        _text("headers"),
        _bytes("body"),
        _int("events"),
        _int("unreadable"),
    )
    op.create_table(
        "inbound_key",
        _text("account", key=True),
        _text("key", key=True),
        _text("desk"),
        _text("delivery"),
        _text("message", null=True),
        _int("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dead_letter",
        _text("id", key=True),
        _text("desk"),
        _text("account"),
        _text("delivery"),
        _text("detail"),
        _int("at"),
        _text("state"),
    )
    op.create_table(
        "cursor",
        _text("account", key=True),
        _text("name", key=True),
        _text("value"),
        _int("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "early_report",
        _text("account", key=True),
        _text("provider_message", key=True),
        _text("key", key=True),
        _text("desk"),
        _text("state"),
        _text("reason"),
        _text("detail"),
        _int("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contact",
        _text("id", key=True),
        _text("desk"),
        _text("name"),
        _text("language"),
        _bool("language_set"),
        _bool("vip"),
        _bool("blocked"),
        _text("merged_into", null=True),
        _text("conversation", null=True),
        _text("attributes"),
        _int("created_at"),
    )
    op.create_table(
        "identity",
        _text("desk", key=True),
        _text("urn", key=True),
        _text("contact"),
        _text("name"),
        _bool("verified"),
        _bool("opted_out"),
        _text("account"),
        _int("seen_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conversation",
        _text("id", key=True),
        _text("desk"),
        _text("contact"),
        _text("open_of", null=True),
        _text("status"),
        _text("subject"),
        _text("language"),
        _text("account"),
        _text("identity"),
        _text("local"),
        _int("seq"),
        _int("opened_at"),
        _int("updated_at"),
        _int("inbound_at", null=True),
        _int("resolved_at", null=True),
        _text("continued_in", null=True),
        _text("elsewhere"),
    )
    op.create_table(
        "message",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _int("seq"),
        _text("account"),
        _text("direction"),
        _text("kind"),
        _text("author"),
        _text("identity"),
        _text("local"),
        _text("text"),
        _text("state"),
        _text("reason"),
        _text("detail"),
        _text("provider_id", null=True),
        _text("in_reply_to", null=True),
        _bool("automatic"),
        _bool("verified"),
        _int("at"),
        _int("provider_at", null=True),
        _text("key", null=True),
        _text("body"),
    )
    op.create_table(
        "attachment",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _text("message"),
        _int("place"),
        _text("media_type"),
        _text("filename"),
        _int("size_bytes", null=True),
        _text("sha256", null=True),
        _text("url", null=True),
        _text("provider_media_id", null=True),
        _text("content_id", null=True),
        _text("state"),
        _text("reason"),
        _text("thumbnail", null=True),
    )
    op.create_table(
        "note",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _int("seq"),
        _text("author"),
        _text("text"),
        _int("at"),
    )
    op.create_table(
        "job",
        _text("id", key=True),
        _text("desk"),
        _text("kind"),
        _text("lane"),
        _int("seq"),
        _int("due_at"),
        _text("state"),
        _int("attempts"),
        _int("claimed_until", null=True),
        _text("claimed_by", null=True),
        _int("created_at"),
        _text("key"),
        _text("account"),
        _text("detail"),
        _text("body"),
    )
    op.create_table(
        "attempt",
        _text("id", key=True),
        _text("desk"),
        _text("job"),
        _text("key"),
        _int("number"),
        _text("account"),
        _text("node"),
        _int("started_at"),
        _int("ended_at", null=True),
        _text("outcome"),
        _text("detail"),
        _text("provider_id", null=True),
    )
    op.create_table(
        "phone_call",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _text("live_of", null=True),
        _text("message"),
        _text("voicemail", null=True),
        _text("account"),
        _text("direction"),
        _text("customer"),
        _text("local"),
        _text("language"),
        _text("choice"),
        _text("state"),
        _int("step"),
        _bool("held"),
        _text("outcome"),
        _text("callback", null=True),
        _bool("customer_first"),
        _int("started_at"),
        _int("queued_at", null=True),
        _int("connected_at", null=True),
        _int("ended_at", null=True),
    )
    op.create_table(
        "call_leg",
        _text("id", key=True),
        _text("desk"),
        _text("call"),
        _text("account"),
        _text("provider_id", null=True),
        _text("party"),
        _text("agent"),
        _text("address"),
        _text("state"),
        _bool("dismissed"),
        _text("machine"),
        _text("reason"),
        _int("started_at"),
        _int("answered_at", null=True),
        _int("ended_at", null=True),
    )
    op.create_table(
        "callback",
        _text("id", key=True),
        _text("desk"),
        _text("live_of", null=True),
        _text("conversation"),
        _text("kind"),
        _text("state"),
        _text("number"),
        _text("queue"),
        _text("account"),
        _text("local"),
        _text("owner"),
        _text("note"),
        _text("zone"),
        _text("local_time"),
        _text("slot", null=True),
        _int("held_at", null=True),
        _int("origin_at"),
        _int("visible_at"),
        _int("closes_at"),
        _int("due"),
        _int("wishes"),
        _int("dialled_at", null=True),
        _int("reached_at", null=True),
        _int("word_left_at", null=True),
        _int("tries"),
        _text("call", null=True),
        _text("outcome"),
        _text("by"),
        _int("created_at"),
        _int("ended_at", null=True),
    )
    op.create_table(
        "promise",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _text("identity"),
        _text("owner"),
        _text("queue"),
        _text("text"),
        _int("due"),
        _int("made_at"),
        _text("by"),
        _text("message", null=True),
        _text("state"),
        _int("warned_at", null=True),
        _int("told_at", null=True),
        _int("late_at", null=True),
        _text("kept_by", null=True),
        _text("ended_by"),
        _text("reason"),
        _int("ended_at", null=True),
        _text("places"),
    )
    op.create_table(
        "scheduled",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _text("identity"),
        _text("author"),
        _text("text"),
        _text("reply"),
        _int("send_at"),
        _bool("unless_answered"),
        _text("job"),
        _text("by"),
        _int("at"),
        _int("version"),
        _text("state"),
        _text("reason"),
        _text("detail"),
        _text("message", null=True),
        _text("ended_by"),
        _int("ended_at", null=True),
    )
    op.create_table(
        "survey",
        _text("id", key=True),
        *map(_text, ("desk", "conversation", "identity", "account", "channel", "queue", "agent")),
        _text("message"),
        _text("dimensions"),
        _int("asked_at"),
        _int("until"),
        _text("live_of", null=True),
        _int("score", null=True),
        _text("scores"),
        _text("comment"),
        _text("by"),
        _int("answered_at", null=True),
    )
    op.create_table(
        "silence",
        _text("conversation", key=True),
        _text("desk"),
        _text("live_of", null=True),
        _text("whose"),
        _text("account"),
        _text("channel"),
        _text("queue"),
        _int("since"),
        _text("message"),
        _int("spoken_at"),
        _int("spoken_seq"),
        _text("answers"),
        _text("agent"),
        _int("agent_at"),
        _bool("rests"),
        _text("then"),
        _int("then_at"),
        _text("said"),
        _int("said_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quick_reply",
        _text("id", key=True),
        *map(_text, ("desk", "owner", "name", "shortcut", "text", "template", "actions")),
        *map(_text, ("locale", "channels", "name_sounds", "text_sounds")),
        _int("version"),
        _text("by"),
        _int("at"),
    )
    op.create_table(
        "saved_words",
        *(_text(name, key=True) for name in ("desk", "name", "locale")),
        _int("version", key=True),
        *map(_text, ("content", "over", "note", "by")),
        _int("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage",
        _text("desk", key=True),
        _text("kind", key=True),
        _text("name", key=True),
        _text("days"),
        _int("last_at"),
        _text("last_by"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "first_question",
        _text("conversation", key=True),
        _text("desk"),
        _text("outcome"),
        _text("article"),
        _int("certain_percent"),
        _int("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outlet",
        _text("desk", key=True),
        _text("name", key=True),
        _int("cursor"),
        _text("state"),
        _int("since"),
        _text("why"),
        _int("failures"),
        _int("success_at", null=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "work",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _text("live_of", null=True),
        _text("state"),
        _text("queue"),
        _text("channel"),
        _text("agent", null=True),
        _int("priority"),
        _int("enqueued_at"),
        _int("ended_at", null=True),
        _text("why"),
        _text("body"),
    )
    op.create_table(
        "offer",
        _text("id", key=True),
        _text("desk"),
        _text("work"),
        _text("conversation"),
        _text("agent"),
        _text("state"),
        _int("created_at"),
        _int("expires_at"),
        _int("ended_at", null=True),
        _text("why"),
        _text("body"),
    )
    op.create_table(
        "agent_state",
        _text("desk", key=True),
        _text("login", key=True),
        _text("presence"),
        _text("reason"),
        _int("load"),
        _int("since"),
        _text("body"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "judgement",
        _text("conversation", key=True),
        _text("desk"),
        _text("category"),
        _int("certain_percent"),
        _text("language"),
        _int("anger"),
        _int("urgency"),
        _text("wants"),
        _text("by"),
        _text("reasons"),
        _text("rule"),
        _text("tried"),
        _text("escalated"),
        _int("boost"),
        _text("moved"),
        _bool("over"),
        _int("at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "turn",
        _text("id", key=True),
        _text("desk"),
        _text("conversation"),
        _text("open_of", null=True),
        _text("metric"),
        *_aim(),
        _int("opened_at"),
        _text("message"),
        _text("hours"),
        *_promise(),
        _int("closed_at", null=True),
        _text("closed_by", null=True),
        _text("agent", null=True),
        _int("took_ms", null=True),
        _int("rulebook"),
    )
    op.create_table(
        "resolution",
        _text("conversation", key=True),
        _text("desk"),
        *_aim(),
        _int("opened_at"),
        _int("answered_at", null=True),
        _text("pauses"),
        _text("hours"),
        *_promise(),
        _int("resolved_at", null=True),
        _text("agent", null=True),
        _int("first_ms", null=True),
        _int("total_ms", null=True),
        _int("active_ms", null=True),
        _int("rulebook"),
    )
    op.create_table(
        "user_account",
        _text("desk", key=True),
        _text("login", key=True),
        _text("name"),
        _text("role"),
        _text("locale"),
        _text("password_hash"),
        _text("totp_secret"),
        _int("totp_step"),
        _text("recovery"),
        _text("issuer"),
        _text("subject"),
        _text("invite_hash"),
        _int("invite_expires_at", null=True),
        _bool("disabled"),
        _int("created_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session",
        _text("hash", key=True),
        _text("desk"),
        _text("login"),
        _int("created_at"),
        _int("proved_at"),
        _int("seen_at"),
        _int("expires_at"),
        _text("address"),
        _text("agent"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_token",
        _text("id", key=True),
        _text("desk"),
        _text("hash"),
        _text("name"),
        _text("scopes"),
        _text("networks"),
        _text("accounts"),
        _text("login"),
        _int("created_at"),
        _int("expires_at"),
        _int("used_at", null=True),
        _int("revoked_at", null=True),
    )
    op.create_table(
        "visitor",
        _text("hash", key=True),
        _text("desk"),
        _text("account"),
        _text("urn"),
        _int("created_at"),
        _int("seen_at"),
        _int("expires_at"),
        _int("read_seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency",
        _text("desk", key=True),
        _text("actor", key=True),
        _text("key", key=True),
        _text("fingerprint"),
        _int("status"),
        _text("body"),
        _int("expires_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_entry",
        _text("desk", key=True),
        _int("seq", key=True),
        _int("at"),
        _text("actor"),
        _text("address"),
        _text("agent"),
        _text("action"),
        _text("object"),
        _text("detail"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lane",
        _text("desk", key=True),
        _text("lane", key=True),
        _text("job"),
        _text("kind"),
        _text("account"),
        _int("due_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_doc",
        _serial("id"),
        _text("desk"),
        _text("kind"),
        _text("ref"),
        _text("conversation", null=True),
        _text("contact", null=True),
        _int("at"),
        _text("tokens"),
    )


def _indexes() -> None:
    _index("event_conversation", "event", ["conversation", "seq"], where="conversation IS NOT NULL")
    _index("delivery_account", "delivery", ["account", "received_at"])
    _index("dead_letter_delivery", "dead_letter", ["delivery"])
    _index("dead_letter_state", "dead_letter", ["state", "at"])
    _index("contact_merged", "contact", ["merged_into"], where="merged_into IS NOT NULL")
    _index("identity_contact", "identity", ["contact"])
    _index(
        "conversation_open", "conversation", ["open_of"], unique=True, where="open_of IS NOT NULL"
    )
    _index("conversation_contact", "conversation", ["contact"])
    _index(
        "conversation_continued",
        "conversation",
        ["continued_in"],
        where="continued_in IS NOT NULL",
    )
    _index("conversation_status", "conversation", ["desk", "status", "updated_at", "id"])
    _index("message_seq", "message", ["conversation", "seq"])
    _index("message_key", "message", ["conversation", "key"], unique=True, where="key IS NOT NULL")
    _index(
        "message_provider", "message", ["account", "provider_id"], where="provider_id IS NOT NULL"
    )
    _index("attachment_message", "attachment", ["message"])
    _index("attachment_file", "attachment", ["sha256"], where="sha256 IS NOT NULL")
    _index("attachment_thumbnail", "attachment", ["thumbnail"], where="thumbnail IS NOT NULL")
    _index("note_seq", "note", ["conversation", "seq"])
    _index("job_lane", "job", ["lane", "state", "seq", "id"])
    _index("job_key", "job", ["kind", "key"])
    _index("job_state", "job", ["state", "due_at"])
    _index("attempt_key", "attempt", ["key"])
    _index("call_live", "phone_call", ["live_of"], unique=True, where="live_of IS NOT NULL")
    _index("call_conversation", "phone_call", ["conversation"])
    _index("call_back", "phone_call", ["desk", "ended_at"], where="callback IS NOT NULL")
    _index("leg_call", "call_leg", ["call"])
    _index(
        "leg_provider",
        "call_leg",
        ["account", "provider_id"],
        unique=True,
        where="provider_id IS NOT NULL",
    )
    _index(
        "callback_live", "callback", ["desk", "live_of"], unique=True, where="live_of IS NOT NULL"
    )
    _index("callback_conversation", "callback", ["conversation"])
    _index("callback_number", "callback", ["desk", "number"])
    _index("callback_slot", "callback", ["slot"], where="slot IS NOT NULL")
    _index("callback_ended", "callback", ["desk", "ended_at"], where="ended_at IS NOT NULL")
    _index("promise_live", "promise", ["desk", "due"], where="ended_at IS NULL")
    _index("promise_owner", "promise", ["desk", "owner", "due", "id"])
    _index("promise_conversation", "promise", ["conversation"])
    _index("promise_kept", "promise", ["kept_by"], where="kept_by IS NOT NULL")
    _index("promise_ended", "promise", ["desk", "ended_at"], where="ended_at IS NOT NULL")
    _index("scheduled_live", "scheduled", ["desk", "send_at", "id"], where="ended_at IS NULL")
    _index("scheduled_conversation", "scheduled", ["conversation"])
    _index("silence_live", "silence", ["desk"], where="live_of IS NOT NULL")
    _index("survey_live", "survey", ["desk", "live_of"], where="live_of IS NOT NULL")
    _index("survey_conversation", "survey", ["conversation"])
    _index("survey_asked", "survey", ["desk", "asked_at"])
    _index("first_question_at", "first_question", ["desk", "at"])
    _index("quick_reply_owner", "quick_reply", ["desk", "owner"])
    _index("work_live", "work", ["live_of"], unique=True, where="live_of IS NOT NULL")
    _index("work_conversation", "work", ["conversation"])
    _index("offer_live", "offer", ["agent", "conversation"], where="ended_at IS NULL")
    _index("offer_work", "offer", ["work"])
    _index("turn_open", "turn", ["open_of"], unique=True, where="open_of IS NOT NULL")
    _index("turn_conversation", "turn", ["conversation", "opened_at"])
    _index("turn_closed", "turn", ["desk", "closed_at"], where="closed_at IS NOT NULL")
    _index("resolution_open", "resolution", ["desk"], where="resolved_at IS NULL")
    _index(
        "resolution_closed", "resolution", ["desk", "resolved_at"], where="resolved_at IS NOT NULL"
    )
    _index("user_invite", "user_account", ["invite_hash"])
    _index("user_subject", "user_account", ["desk", "issuer", "subject"])
    _index("session_login", "session", ["desk", "login"])
    _index("api_token_hash", "api_token", ["hash"], unique=True)
    _index("idempotency_expiry", "idempotency", ["expires_at"])
    _index("search_doc_ref", "search_doc", ["kind", "ref"], unique=True)
    _index("search_doc_contact", "search_doc", ["contact"])
    _index("lane_due", "lane", ["desk", "kind", "account", "due_at"])
