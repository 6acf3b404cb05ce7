"""Who may come in, as the doors need it: sessions, tokens, users, visitors."""

import msgspec
from sqlalchemy import ColumnElement, Connection, or_, select

from gateway.domain.access import ApiToken, AuditEntry, Idempotency, Session, User
from gateway.domain.conversation import Contact, Conversation, Identity
from gateway.domain.work import AgentState
from gateway.store.queries.http_rows import by_ids, kin, older, one, rows, survivor
from gateway.store.queries.http_scope import Scope, visible
from gateway.store.schema import metadata

_t = metadata.tables
HASH_LENGTH = 64  # hexadecimal digits


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session and whose it is."""

    session: Session
    user: User


class TokenOf(msgspec.Struct, frozen=True, kw_only=True):
    """A program's token and who made it."""

    token: ApiToken
    user: User


def signed_in(connection: Connection, session_hash: str) -> SignedIn | None:
    """The session of a cookie; None when there is none."""
    session = one(connection, Session, session_hash)
    user = one(connection, User, session.desk, session.login) if session is not None else None
    return (
        SignedIn(session=session, user=user) if session is not None and user is not None else None
    )


def token_of(connection: Connection, token_id: str) -> TokenOf | None:
    """The token of an id, and the user who made it."""
    token = one(connection, ApiToken, token_id)
    user = one(connection, User, token.desk, token.login) if token is not None else None
    return TokenOf(token=token, user=user) if token is not None and user is not None else None


def user_of(connection: Connection, desk: str, login: str) -> User | None:
    """One user."""
    return one(connection, User, desk, login)


def user_vouched(connection: Connection, desk: str, issuer: str, subject: str) -> User | None:
    """Whom a provider's name for somebody is linked to."""
    table = _t["user_account"]
    linked = (table.c.issuer == issuer, table.c.subject == subject)
    found = rows(connection, User, table.c.desk == desk, *linked, limit=1)
    return found[0] if found else None


def users(
    connection: Connection, desk: str, after: str = "", limit: int | None = None
) -> list[User]:
    """Everybody who may sign in, by login, behind one of them."""
    table = _t["user_account"]
    where = (table.c.desk == desk, table.c.login > after)
    return rows(connection, User, *where, order=(table.c.login,), limit=limit)


def agent_states(connection: Connection, desk: str) -> dict[str, AgentState]:
    """Agents as routing last saw them."""
    table = _t["agent_state"]
    return {a.login: a for a in rows(connection, AgentState, table.c.desk == desk)}


def agent_state(connection: Connection, desk: str, login: str) -> AgentState | None:
    """One of them."""
    return one(connection, AgentState, desk, login)


def tokens(
    connection: Connection,
    desk: str,
    before: tuple[int, str] | None = None,
    limit: int | None = None,
) -> list[ApiToken]:
    """Programs' tokens, the newest first, behind one of them by instant and id."""
    table = _t["api_token"]
    where = older(table.c.created_at, table.c.id, before)
    order = (table.c.created_at.desc(), table.c.id.desc())
    return rows(connection, ApiToken, table.c.desk == desk, *where, order=order, limit=limit)


def sessions_of(
    connection: Connection, desk: str, login: str, after: str, limit: int
) -> list[Session]:
    """A person's sessions by hash, those behind the one whose hash begins so."""
    table = _t["session"]
    behind = table.c.hash > (after.ljust(HASH_LENGTH, "f") if after else "")
    where = (table.c.desk == desk, table.c.login == login, behind)
    return rows(connection, Session, *where, order=(table.c.hash,), limit=limit)


def session_named(connection: Connection, desk: str, login: str, start: str) -> Session | None:
    """The one of a person's sessions whose hash begins so."""
    table = _t["session"]
    mine = (table.c.desk == desk, table.c.login == login)
    begins = table.c.hash.startswith(start, autoescape=True)
    found = rows(connection, Session, *mine, begins, limit=1)
    return found[0] if found else None


def audit(connection: Connection, desk: str, before: int | None, limit: int) -> list[AuditEntry]:
    """Who did what, the newest first."""
    table = _t["audit_entry"]
    where = [table.c.desk == desk]
    if before is not None:
        where.append(table.c.seq < before)
    return rows(connection, AuditEntry, *where, order=(table.c.seq.desc(),), limit=limit)


def idempotency(connection: Connection, desk: str, actor: str, key: str) -> Idempotency | None:
    """What was answered under a key before."""
    return one(connection, Idempotency, desk, actor, key)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A contact with addresses and conversations."""

    contact: Contact
    merged: list[Contact]  # into it, over however many steps
    identities: list[Identity]
    conversations: list[Conversation]


def person(connection: Connection, desk: str, contact_id: str, scope: Scope) -> Person | None:
    """A contact and those merged into it; None when the reader may see none of it."""
    contact = survivor(connection, contact_id)
    if contact is None or contact.desk != desk:
        return None
    identity, conversation = _t["identity"], _t["conversation"]
    everyone = family(connection, contact.id)
    conversations = rows(
        connection,
        Conversation,
        conversation.c.contact.in_(everyone),
        visible(scope),
        order=(conversation.c.updated_at.desc(),),
        limit=50,
    )
    if not conversations and not scope.everything:
        return None
    return Person(
        contact=contact,
        merged=[] if scope.accounts else list(by_ids(connection, Contact, everyone[1:]).values()),
        identities=rows(connection, Identity, identity.c.contact.in_(everyone), *_known_by(scope)),
        conversations=conversations,
    )


def open_with(connection: Connection, contact: str) -> list[str]:
    """The ids of what is open with somebody, whoever may see it."""
    table = _t["conversation"]
    return [c.id for c in rows(connection, Conversation, table.c.open_of == contact)]


def _known_by(scope: Scope) -> list[ColumnElement[bool]]:
    """Addresses that a reader may know of: those last written from to one of their accounts."""
    return [_t["identity"].c.account.in_(sorted(scope.accounts))] if scope.accounts else []


def family(connection: Connection, contact: str) -> list[str]:
    """A contact and all who were merged into it, over however many steps."""
    table = _t["contact"]
    out, newest = [contact], [contact]
    while newest:
        newest = [c.id for c in rows(connection, Contact, table.c.merged_into.in_(newest))]
        out += newest
    return out


def people(
    connection: Connection, desk: str, words: str, scope: Scope, after: str, limit: int
) -> list[Contact]:
    """Contacts whose name or address has these words, by id; only those the reader may see."""
    table, identity, conversation = _t["contact"], _t["identity"], _t["conversation"]
    pairs = kin()
    where = [table.c.desk == desk, table.c.merged_into.is_(None), table.c.id > after]
    if words:
        addressed = select(identity.c.contact).where(
            identity.c.desk == desk,
            identity.c.urn.icontains(words, autoescape=True),
            *_known_by(scope),
        )
        named = select(table.c.id).where(
            table.c.desk == desk,
            or_(table.c.name.icontains(words, autoescape=True), table.c.id.in_(addressed)),
        )
        brought = select(pairs.c.person).where(pairs.c.merged.in_(named))
        where.append(or_(table.c.id.in_(named), table.c.id.in_(brought)))
    if not scope.everything:
        own = select(conversation.c.id).where(conversation.c.contact == table.c.id, visible(scope))
        theirs = (
            select(conversation.c.id)
            .join(pairs, pairs.c.merged == conversation.c.contact)
            .where(pairs.c.person == table.c.id, visible(scope))
        )
        where.append(or_(own.exists(), theirs.exists()))
    return rows(connection, Contact, *where, order=(table.c.id,), limit=limit)
