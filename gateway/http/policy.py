"""Who may do what: the one place that REST, sockets, streams and lists all ask.

Deny by default. A role is a set of permissions; a token has those of its scopes that its maker's
role still has. An object that an actor may not see does not exist for them.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from gateway.domain.access import Role
from gateway.http.errors import Problem
from gateway.store.queries.http_scope import Scope, Seen


class Permission(StrEnum):
    """One thing that an actor may do."""

    CONVERSATION_READ_QUEUE = "conversation:read:queue"  # of their queues, or theirs
    CONVERSATION_READ_ALL = "conversation:read:all"
    CONVERSATION_READ = "conversation:read"  # either of the two; which ones, the scope says
    CONVERSATION_WRITE = "conversation:write"
    MESSAGE_SEND = "message:send"
    NOTE_WRITE = "note:write"
    CONTACT_READ = "contact:read"
    CONTACT_WRITE = "contact:write"
    CONTACT_MERGE = "contact:merge"
    WORK_TAKE = "work:take"
    PRESENCE_WRITE = "presence:write"
    TEMPLATE_READ = "template:read"
    WORDS_WRITE = "words:write"  # quick replies of one's own
    WORDS_SHARE = "words:share"  # and the desk's
    QUEUE_READ = "queue:read"
    AGENT_READ = "agent:read"
    CHANNEL_READ = "channel:read"
    CHANNEL_MANAGE = "channel:manage"
    STREAM_READ = "stream:read"
    USER_MANAGE = "user:manage"
    TOKEN_MANAGE = "token:manage"  # noqa: S105 -- the name of a permission
    AUDIT_READ = "audit:read"
    DEAD_READ = "dead:read"
    DEAD_MANAGE = "dead:manage"
    WEBHOOK_READ = "webhook:read"
    WEBHOOK_MANAGE = "webhook:manage"
    RULEBOOK_READ = "rulebook:read"
    RULEBOOK_WRITE = "rulebook:write"
    METRICS_READ = "metrics:read"
    REPORT_READ = "report:read"


class Gate(StrEnum):
    """What a route asks when it asks for no permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


Allow = Permission | Gate
P = Permission

_FLOOR = frozenset({P.TEMPLATE_READ, P.QUEUE_READ, P.AGENT_READ, P.CHANNEL_READ})
_AGENT = _FLOOR | {
    P.CONVERSATION_READ,
    P.CONVERSATION_READ_QUEUE,
    P.CONVERSATION_WRITE,
    P.MESSAGE_SEND,
    P.NOTE_WRITE,
    P.CONTACT_READ,
    P.CONTACT_WRITE,
    P.CONTACT_MERGE,
    P.WORK_TAKE,
    P.PRESENCE_WRITE,
    P.WORDS_WRITE,
}
_SUPERVISOR = (_AGENT - {P.CONVERSATION_READ_QUEUE}) | {
    P.CONVERSATION_READ_ALL,
    P.WORDS_SHARE,
    P.STREAM_READ,
    P.RULEBOOK_READ,
    P.REPORT_READ,
}
_OPS = _FLOOR | {
    P.CHANNEL_MANAGE,
    P.STREAM_READ,
    P.DEAD_READ,
    P.DEAD_MANAGE,
    P.WEBHOOK_READ,
    P.WEBHOOK_MANAGE,
    P.RULEBOOK_READ,
    P.RULEBOOK_WRITE,
    P.AUDIT_READ,
    P.METRICS_READ,
    P.REPORT_READ,
}
_AUDITOR = _FLOOR | {
    P.CONVERSATION_READ,
    P.CONVERSATION_READ_ALL,
    P.CONTACT_READ,
    P.STREAM_READ,
    P.AUDIT_READ,
    P.DEAD_READ,
    P.WEBHOOK_READ,
    P.RULEBOOK_READ,
    P.METRICS_READ,
    P.REPORT_READ,
}

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.OPS: _OPS,
    Role.ADMIN: frozenset(P) - {P.CONVERSATION_READ_QUEUE},
    Role.AUDITOR: _AUDITOR,
}


OF_ACCOUNTS = _FLOOR | {
    P.CONVERSATION_READ,
    P.CONVERSATION_READ_QUEUE,
    P.CONVERSATION_READ_ALL,
    P.CONVERSATION_WRITE,
    P.MESSAGE_SEND,
    P.NOTE_WRITE,
    P.CONTACT_READ,
    P.STREAM_READ,
}
"""What a token that is bound to accounts may be given; all else is of the whole desk."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `name` is what the log calls them: agent:<login>, token:<id>, or "" for nobody."""

    name: str = ""
    login: str = ""
    role: Role | None = None
    permissions: frozenset[Permission] = frozenset()
    queues: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()  # a program is bound to these; none: to no account
    address: str = ""
    session: str = ""  # hash of the session, when it is a person
    proved_at: int = 0  # when they last showed who they are
    token: str = ""  # id of the token, when it is a program

    @property
    def known(self) -> bool:
        """Whether it is somebody."""
        return bool(self.name)


NOBODY = Actor()


def permissions_of(role: Role, scopes: Iterable[str] | None = None) -> frozenset[Permission]:
    """What a role may do; with scopes, what of it a token was given.

    To read, and no word of whose: whatever the role reads.
    """
    mine = ROLES[role]
    if scopes is None:
        return mine
    given = {P(scope) for scope in scopes if scope in P.__members__.values()}
    whose = {P.CONVERSATION_READ_QUEUE, P.CONVERSATION_READ_ALL}
    if given & whose:
        given.add(P.CONVERSATION_READ)
    elif P.CONVERSATION_READ in given:
        given |= whose
    return mine & given


def allowed(actor: Actor, action: Allow, seen: Seen | None = None) -> bool:
    """Whether an actor may do a thing, to a conversation when one is given."""
    if action is Gate.PUBLIC:
        return True
    if not actor.known:
        return False
    if action is not Gate.SIGNED_IN and action not in actor.permissions:
        return False
    if seen is None:
        return True
    if actor.accounts and not bound_to(actor, seen):
        return False
    if P.CONVERSATION_READ_ALL in actor.permissions:
        return True
    if P.CONVERSATION_READ_QUEUE not in actor.permissions:
        return False
    return bool(actor.login in seen.agents or actor.queues & seen.queues)


def bound_to(actor: Actor, seen: Seen) -> bool:
    """Whether a conversation ran over accounts that a program is bound to, and over no other."""
    return bool(seen.accounts) and seen.accounts <= actor.accounts


def authorize(actor: Actor, action: Allow, seen: Seen | None = None) -> None:
    """Raise the right problem unless it is allowed: an object out of sight is not found."""
    if allowed(actor, action, seen):
        return
    if not actor.known:
        raise Problem("signed_out")
    if seen is not None and allowed(actor, action):
        raise Problem("not_found")
    raise Problem("forbidden", extra={"permission": str(action)})


def scope_of(actor: Actor) -> Scope:
    """The filter of every list that an actor reads."""
    if P.CONVERSATION_READ_ALL in actor.permissions:
        return Scope(everybodys=True, accounts=actor.accounts)
    if P.CONVERSATION_READ_QUEUE in actor.permissions:
        return Scope(login=actor.login, queues=actor.queues, accounts=actor.accounts)
    return Scope()


def queues_of(rulebook: Any, login: str) -> frozenset[str]:
    """The queues that the rulebook gives an agent."""
    agent = rulebook.agents.get(login)
    return frozenset(agent.queues) if agent is not None else frozenset()
