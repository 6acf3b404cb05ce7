"""Conversations as a list shows them, and how any row is loaded for a reader."""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, cast

import msgspec
from sqlalchemy import ColumnElement, Connection, Subquery, and_, or_, select
from sqlalchemy.sql.elements import UnaryExpression

from gateway.domain.access import ApiToken
from gateway.domain.conversation import Contact, Conversation, Identity, Status
from gateway.domain.desk import Budget
from gateway.domain.judgement import Judgement
from gateway.domain.message import Message
from gateway.domain.promise import Promise
from gateway.domain.rows import TABLES, Row
from gateway.domain.work import Offer, Turn, Work
from gateway.store.codec import CODECS
from gateway.store.queries.http_scope import NOT_SEEN, Scope, Seen, seen_of, visible
from gateway.store.queries.keyed import among, columns, decoded, keyed
from gateway.store.queries.promises import first_due
from gateway.store.schema import metadata

TOKEN = "token:"  # noqa: S105 -- how the log calls a program
R = TypeVar("R", bound=Row)
Order = ColumnElement[Any] | UnaryExpression[Any]

_t = metadata.tables
_conversation = _t["conversation"]
_contact = _t["contact"]
_message = _t["message"]
_work = _t["work"]

_NEWEST = (
    f"SELECT {columns(Message, 'm')} FROM {{keys}} CROSS JOIN message m"  # noqa: S608
    " WHERE m.conversation=k.c0 AND m.seq=(SELECT max(x.seq) FROM message x"
    " WHERE x.conversation=k.c0 AND (x.direction='in' OR NOT x.automatic))"
)
_LIVE = tuple(status.value for status in Status if status is not Status.RESOLVED)
AT_HAND = ("waiting", "offered")  # states of work that nobody has


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with what a list shows of it."""

    conversation: Conversation
    contact: Contact | None
    preview: Message | None
    work: Work | None
    turn: Turn | None
    judgement: Judgement | None
    promise: Promise | None  # that is due first
    program: str = ""  # what the one is called that corrected the judgement


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations a list shows."""

    view: str = "all"  # mine | waiting | all | resolved
    login: str = ""  # whose, for mine
    queue: str = ""
    channel_accounts: tuple[str, ...] | None = None
    words: str = ""
    contact: str = ""


class BadCursor(ValueError):
    """This cursor is none of ours; begin again without one."""


def rows(
    connection: Connection,
    kind: type[R],
    *where: ColumnElement[bool],
    order: Sequence[Order] = (),
    limit: int | None = None,
) -> list[R]:
    """Rows of one table as Structs."""
    table = _t[TABLES[kind].name]
    statement = select(table).where(*where).order_by(*order).limit(limit)
    decode = CODECS[kind].from_sql
    return [cast("R", decode(tuple(row))) for row in connection.execute(statement)]


def older(
    at: ColumnElement[int], name: ColumnElement[str], before: tuple[int, str] | None
) -> tuple[ColumnElement[bool], ...]:
    """What stands behind an instant and an id, where the newest come first."""
    if before is None:
        return ()
    instant, known = before
    return (or_(at < instant, and_(at == instant, name < known)),)


def one(connection: Connection, kind: type[R], *key: Any) -> R | None:
    """The row of this key."""
    table = _t[TABLES[kind].name]
    where = (table.c[name] == value for name, value in zip(TABLES[kind].key, key, strict=True))
    found = rows(connection, kind, *where, limit=1)
    return found[0] if found else None


def by_ids(connection: Connection, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
    """Rows of a table that has an `id`, by it."""
    return {str(getattr(r, "id")): r for r in keyed(connection, kind, ((i,) for i in ids))}  # noqa: B009


def seen_conversation(
    connection: Connection, desk: str, conversation: str
) -> tuple[Conversation, Seen] | None:
    """A conversation of the desk, and what decides who may see it."""
    found = one(connection, Conversation, conversation)
    if found is None or found.desk != desk:
        return None
    return found, seen_of(connection, [conversation]).get(conversation, NOT_SEEN)


def bundles(connection: Connection, conversations: Iterable[Conversation]) -> list[Bundle]:
    """The conversations with contact, newest message, live work and open turn, in their order."""
    all_of = list(conversations)
    ids = [c.id for c in all_of]
    if not ids:
        return []
    contacts = survivors(connection, (c.contact for c in all_of))
    previews = newest_messages(connection, ids)
    of = [(i,) for i in ids]
    works = {w.conversation: w for w in keyed(connection, Work, of, by="live_of")}
    turns = {t.conversation: t for t in keyed(connection, Turn, of, by="open_of")}
    promised = first_due(connection, ids)
    taken = {j.conversation: j for j in keyed(connection, Judgement, of)}
    programs = _programs(connection, taken.values())
    return [
        Bundle(
            conversation=c,
            contact=contacts.get(c.contact),
            preview=previews.get(c.id),
            work=works.get(c.id),
            turn=turns.get(c.id),
            judgement=taken.get(c.id),
            promise=promised.get(c.id),
            program=programs.get(c.id, ""),
        )
        for c in all_of
    ]


def _programs(connection: Connection, taken: Iterable[Judgement]) -> dict[str, str]:
    """What the programs are called that corrected them, by conversation."""
    by = {j.conversation: j.by.removeprefix(TOKEN) for j in taken if j.by.startswith(TOKEN)}
    tokens = by_ids(connection, ApiToken, by.values())
    return {conversation: tokens[each].name for conversation, each in by.items() if each in tokens}


def bundle(connection: Connection, conversation: str) -> Bundle | None:
    """One of them."""
    found = one(connection, Conversation, conversation)
    return bundles(connection, [found])[0] if found is not None else None


def newest_messages(connection: Connection, ids: Sequence[str]) -> dict[str, Message]:
    """The newest words between people in each conversation; machines' own come after them."""
    return {m.conversation: m for m in decoded(Message, among(connection, _NEWEST, ids))}


def listed(
    connection: Connection, desk: str, scope: Scope, wanted: Wanted, cursor: str, limit: int
) -> tuple[list[Bundle], str | None]:
    """A page of conversations, the last changed first, and the cursor of the next page."""
    where = [_conversation.c.desk == desk, visible(scope), *_view(wanted)]
    if wanted.channel_accounts is not None:
        where.append(_conversation.c.account.in_(wanted.channel_accounts))
    if wanted.contact:
        where.append(_conversation.c.contact == wanted.contact)
    if wanted.words:
        where.append(_mentions(wanted.words))
    if cursor:
        at, last = decode_cursor(cursor)
        where.append(
            or_(
                _conversation.c.updated_at < at,
                and_(_conversation.c.updated_at == at, _conversation.c.id < last),
            )
        )
    found = rows(
        connection,
        Conversation,
        *where,
        order=(_conversation.c.updated_at.desc(), _conversation.c.id.desc()),
        limit=limit + 1,
    )
    page = found[:limit]
    more = encode_cursor(page[-1].updated_at, page[-1].id) if len(found) > limit else None
    return bundles(connection, page), more


def _view(wanted: Wanted) -> list[ColumnElement[bool]]:
    if wanted.view == "resolved":
        where: list[ColumnElement[bool]] = [_conversation.c.status == Status.RESOLVED.value]
        if wanted.queue:
            where.append(_has_work(_work.c.queue == wanted.queue))
        return where
    # By name, not by exception: of the index only what is live has to be read.
    standing = _conversation.c.status.in_(_LIVE)
    live: list[ColumnElement[bool]] = [_work.c.live_of.is_not(None)]
    if wanted.view == "mine":
        live.append(_work.c.agent == wanted.login)
    elif wanted.view == "waiting":
        live.append(_work.c.state.in_(AT_HAND))
    if wanted.queue:
        live.append(_work.c.queue == wanted.queue)
    if len(live) == 1:
        return [standing]
    return [standing, _conversation.c.id.in_(select(_work.c.live_of).where(*live))]


def _has_work(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(_work.c.id).where(_work.c.conversation == _conversation.c.id, *where).exists()


def _mentions(words: str) -> ColumnElement[bool]:
    named = select(_contact.c.id).where(_contact.c.name.icontains(words, autoescape=True))
    pairs = kin()
    return or_(
        _conversation.c.subject.icontains(words, autoescape=True),
        _conversation.c.contact.in_(named),
        _conversation.c.contact.in_(select(pairs.c.merged).where(pairs.c.person.in_(named))),
    )


def offers_of(connection: Connection, desk: str, login: str | None) -> list[Offer]:
    """Live offers: one agent's, or everybody's."""
    offer = _t["offer"]
    where = [offer.c.desk == desk, offer.c.ended_at.is_(None)]
    if login is not None:
        where.append(offer.c.agent == login)
    return rows(connection, Offer, *where, order=(offer.c.created_at, offer.c.id))


def budgets(connection: Connection, desk: str, names: Iterable[str]) -> dict[str, Budget]:
    """What was counted under these names."""
    found = keyed(connection, Budget, ((desk, name) for name in names))
    return {budget.name: budget for budget in found}


def encode_cursor(*parts: object) -> str:
    """A cursor: opaque to whoever holds it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


_Cursor = tuple[
    Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)],
    Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")],
]


def decode_cursor(cursor: str) -> tuple[int, str]:
    """What `encode_cursor` was given. Raises BadCursor."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        at, last = msgspec.json.decode(raw, type=_Cursor)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise BadCursor(cursor) from error
    return at, last


def survivors(connection: Connection, contacts: Iterable[str]) -> dict[str, Contact]:
    """Who each of these contacts is in the end, by contact; those that are not there are left out.

    A look for all of them at once, and one more for each step of their merges.
    """
    known = by_ids(connection, Contact, contacts)
    asked = tuple(known)
    while steps := {c.merged_into for c in known.values() if c.merged_into} - known.keys():
        more = by_ids(connection, Contact, steps)
        if not more:
            break  # whom they were merged into is gone
        known |= more
    return {each: _in_the_end(known, each) for each in asked}


def _in_the_end(known: Mapping[str, Contact], contact: str) -> Contact:
    found = known[contact]
    while (following := known.get(found.merged_into or "")) is not None:
        found = following
    return found


def kin() -> Subquery:
    """Pairs of whoever anybody was merged into, over however many steps, and who that was."""
    steps = (
        select(_contact.c.merged_into.label("person"), _contact.c.id.label("merged"))
        .where(_contact.c.merged_into.is_not(None))
        .cte("kin", recursive=True)
    )
    further = select(_contact.c.merged_into, steps.c.merged).where(
        _contact.c.id == steps.c.person, _contact.c.merged_into.is_not(None)
    )
    return select(steps.union(further)).subquery()


def survivor(connection: Connection, contact: str) -> Contact | None:
    """The person that a contact was merged into in the end; themselves when it never was."""
    found = one(connection, Contact, contact)
    while found is not None and found.merged_into is not None:
        found = one(connection, Contact, found.merged_into)
    return found


def is_identity_of(connection: Connection, desk: str, contact: str, urn: str) -> bool:
    """Whether an address belongs to a person, or to somebody merged with them."""
    identity = one(connection, Identity, desk, urn)
    if identity is None:
        return False
    return survivor(connection, identity.contact) == survivor(connection, contact)
