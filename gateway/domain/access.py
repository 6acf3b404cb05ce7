"""Who may come in: people, their sessions, programs' tokens, visitors; and the audit log."""

from enum import StrEnum

import msgspec

BY_HAND = ("agent:", "token:")  # so the names begin of those who are no customer and no machine


class Role(StrEnum):
    """What a person is at the desk."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    OPS = "ops"
    ADMIN = "admin"
    AUDITOR = "auditor"


class User(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a person who signs in."""

    desk: str
    login: str
    name: str
    role: Role
    locale: str
    password_hash: str  # argon2id; "" until the invitation is taken
    totp_secret: str  # sealed; "" while one signs in by the password alone
    totp_step: int  # last used, so that no code works twice
    recovery: str  # JSON list of hashes: codes for a lost device, each good once
    issuer: str  # the provider that vouches for them (OIDC); "" for nobody
    subject: str  # what that provider calls them, for ever
    invite_hash: str  # SHA-256 of the one-time link's token; "" when none
    invite_expires_at: int | None
    disabled: bool
    created_at: int


class Session(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a signed-in browser. Only the SHA-256 of its id is kept."""

    hash: str
    desk: str
    login: str
    created_at: int
    proved_at: int  # when they last showed who they are; 0 where a provider does not say
    seen_at: int
    expires_at: int
    address: str
    agent: str  # the browser's name


class ApiToken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a program's key, by SHA-256."""

    id: str
    desk: str
    hash: str
    name: str
    scopes: str  # JSON list of permissions
    networks: str  # JSON list of those it may be used from; none: from anywhere
    accounts: str  # JSON list of those whose conversations it is for; none: of all
    login: str  # who made it
    created_at: int
    expires_at: int
    used_at: int | None
    revoked_at: int | None


class Visitor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: a web-chat visitor's token, by SHA-256, bound to one account and one identity."""

    hash: str
    desk: str
    account: str
    urn: str
    created_at: int
    seen_at: int
    expires_at: int
    read_seq: int


class Idempotency(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row: the answer given to a write, so that asking again gives it again."""

    desk: str
    actor: str
    key: str
    fingerprint: str  # SHA-256 of method, path and body
    status: int
    body: str
    expires_at: int


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of the append-only log of who did what."""

    desk: str
    seq: int
    at: int
    actor: str
    address: str  # the client's; of the command line, the machine's name; "" of the node itself
    agent: str  # the browser's or the program's name
    action: str
    object: str
    detail: str
