"""People, their sessions, and visitors. Secrets come in hashed only."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.access import Role, Session, User, Visitor
from gateway.domain.clock import DAY_MS, HOUR_MS
from gateway.domain.events import AccessChanged
from gateway.domain.outcome import Refusal
from gateway.verbs.change import AGENT_LENGTH, Change, Lookup, View, by_index, by_key
from gateway.verbs.refusals import not_found

INVITE_MS = 72 * HOUR_MS
SESSION_MS = 7 * DAY_MS
VISITOR_MS = 30 * DAY_MS
TOUCH_EVERY_MS = 5 * 60_000  # a session's or visitor's last sight is written no more often


class AddUser(msgspec.Struct, kw_only=True):
    """A person who may sign in: by a one-time link (`invite_hash`) or a password set at once."""

    failpoint: ClassVar[str] = "write"

    desk: str
    login: str
    name: str
    role: Role
    locale: str
    by: str
    password_hash: str = ""
    invite_hash: str = ""

    def reads(self, view: View) -> Iterable[Lookup]:
        """Whether the login is taken."""
        yield by_key(User, self.desk, self.login)

    def decide(self, change: Change) -> User | Refusal:
        """The user."""
        if change.get(User, self.desk, self.login) is not None:
            return Refusal(
                code="login_taken",
                detail=f"There is a user {self.login} already.",
                what_to_do="Choose another login, or edit that user.",
            )
        change.audit(self.by, "user.add", self.login, self.role)
        return change.put(
            User(
                desk=self.desk,
                login=self.login,
                name=self.name or self.login,
                role=self.role,
                locale=self.locale,
                password_hash=self.password_hash,
                totp_secret="",
                totp_step=0,
                recovery="",
                issuer="",
                subject="",
                invite_hash=self.invite_hash,
                invite_expires_at=change.now + INVITE_MS if self.invite_hash else None,
                disabled=False,
                created_at=change.now,
            )
        )


class EditUser(msgspec.Struct, kw_only=True):
    """Change the fields given. Another role, or disabling, ends all of the person's sessions.

    Who changes their own goes on in one of them, as old as it was: `session` gets the hash
    `renewed`.
    """

    failpoint: ClassVar[str] = "write"

    desk: str
    login: str
    by: str
    name: str | None = None
    role: Role | None = None
    locale: str | None = None
    disabled: bool | None = None
    password_hash: str | None = None
    totp_secret: str | None = None
    totp_step: int | None = None
    recovery: str | None = None
    issuer: str | None = None
    subject: str | None = None
    invite_hash: str | None = None
    session: str = ""
    renewed: str = ""

    def reads(self, view: View) -> Iterable[Lookup]:
        """The user and their sessions."""
        if self.renewed:
            yield by_key(Session, self.renewed)
        yield by_key(User, self.desk, self.login)
        yield by_index(Session, "login", self.desk, self.login)

    def decide(self, change: Change) -> User | Refusal:
        """The user as they stand now."""
        user = change.get(User, self.desk, self.login)
        if user is None:
            return not_found("user", self.login)
        names = (*TOLD, *SECRET, "totp_step", "issuer")
        given = {n: getattr(self, n) for n in names if getattr(self, n) is not None}
        if self.invite_hash:
            given["invite_expires_at"] = change.now + INVITE_MS
        if given.keys() & {"role", "disabled", "password_hash", "totp_secret", "subject"}:
            for session in change.by(Session, "login", self.desk, self.login):
                change.delete(session)
                if session.hash == self.session:
                    change.put(replace(session, hash=self.renewed))
            change.record(AccessChanged(login=self.login), self.by)
        edited = replace(user, **given)
        change.audit(self.by, "user.edit", self.login, _difference(user, edited))
        return change.put(edited)


NO_TOTP: dict[str, Any] = {"totp_secret": "", "totp_step": 0, "recovery": ""}
NO_PROVIDER: dict[str, Any] = {"issuer": "", "subject": ""}
SECRET = {
    "password_hash": "password",
    "totp_secret": "totp",
    "recovery": "recovery codes",
    "subject": "provider's account",
    "invite_hash": "invite",
}
TOLD = ("name", "role", "locale", "disabled")


def _difference(before: User, after: User) -> str:
    """`role: agent -> supervisor; disabled: yes -> no; password: changed`: no secrets."""
    said = [
        f"{name}: {_word(getattr(before, name))} -> {_word(getattr(after, name))}"
        for name in TOLD
        if getattr(before, name) != getattr(after, name)
    ]
    said += [
        f"{word}: changed"
        for name, word in SECRET.items()
        if getattr(before, name) != getattr(after, name)
    ]
    return "; ".join(said)


def _word(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value or '""'


def invited(change: Change, invite_hash: str) -> User | Refusal:
    """Whom a one-time link is for, while it is good."""
    users = change.by(User, "invite", invite_hash) if invite_hash else []
    if users and (users[0].invite_expires_at or 0) > change.now:
        return users[0]
    return Refusal(
        code="invite_gone",
        detail="This link was used already, or is older than 72 hours.",
        what_to_do="Ask your administrator for a new one.",
        status=410,
    )


class TakeInvite(msgspec.Struct, kw_only=True):
    """A person sets their password through a one-time link."""

    failpoint: ClassVar[str] = "write"

    invite_hash: str
    password_hash: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Who was invited by this link."""
        yield by_index(User, "invite", self.invite_hash)

    def decide(self, change: Change) -> User | Refusal:
        """The user, who may now sign in."""
        user = invited(change, self.invite_hash)
        if isinstance(user, Refusal):
            return user
        change.audit(f"agent:{user.login}", "user.invite_taken", user.login, "password: changed")
        return change.put(
            replace(user, password_hash=self.password_hash, invite_hash="", invite_expires_at=None)
        )


SHUT_OUT = Refusal(code="signed_out", detail="This user may not sign in.", status=401)


class OpenSession(msgspec.Struct, kw_only=True):
    """A person signed in: by a code of this step, a recovery code of this hash, or neither."""

    failpoint: ClassVar[str] = "write"

    desk: str
    login: str
    hash: str
    address: str
    agent: str
    lasts_ms: int = SESSION_MS  # at most
    totp_step: int = 0
    recovery: str = ""
    way: str = "a password"  # as the audit log says it

    def reads(self, view: View) -> Iterable[Lookup]:
        """The user."""
        yield by_key(User, self.desk, self.login)

    def decide(self, change: Change) -> Session | Refusal:
        """The session."""
        user = change.get(User, self.desk, self.login)
        if user is None or user.disabled:
            return SHUT_OUT
        if user.totp_secret and not (self.totp_step or self.recovery):
            return Refusal(
                code="totp_required",
                detail="This account asks for a code too.",
                what_to_do="Enter the code of your device.",
                status=401,
            )
        left = msgspec.json.decode(user.recovery or "[]", type=list[str])
        if (self.totp_step and self.totp_step <= user.totp_step) or (
            self.recovery and self.recovery not in left
        ):
            return Refusal(
                code="totp_used",
                detail="This code was used already.",
                what_to_do="Wait for the next one.",
                status=401,
            )
        said = f"by {self.way}"
        if self.totp_step:
            change.put(replace(user, totp_step=self.totp_step))
            said = f"by {self.way} and a code"
        elif self.recovery:
            left.remove(self.recovery)
            change.put(replace(user, recovery=msgspec.json.encode(left).decode()))
            said = f"by a recovery code; left: {len(left)}"
        change.audit(f"agent:{self.login}", "session.open", self.login, said)
        return change.put(
            Session(
                hash=self.hash,
                desk=self.desk,
                login=self.login,
                created_at=change.now,
                proved_at=change.now,
                seen_at=change.now,
                expires_at=change.now + self.lasts_ms,
                address=self.address,
                agent=self.agent[:AGENT_LENGTH],
            )
        )


class TouchSession(msgspec.Struct, kw_only=True):
    """A session was used."""

    failpoint: ClassVar[str] = "write"

    hash: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The session."""
        yield by_key(Session, self.hash)

    def decide(self, change: Change) -> None:
        """Its last use is now."""
        session = change.get(Session, self.hash)
        if session is not None:
            change.put(replace(session, seen_at=change.now))


class CloseSession(msgspec.Struct, kw_only=True):
    """A person signed out, or a session was revoked."""

    failpoint: ClassVar[str] = "write"

    hash: str
    by: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The session."""
        yield by_key(Session, self.hash)

    def decide(self, change: Change) -> None:
        """It is gone."""
        session = change.get(Session, self.hash)
        if session is not None:
            change.delete(session)
            change.record(AccessChanged(login=session.login), self.by)
            change.audit(self.by, "session.close", session.login)


class MintVisitor(msgspec.Struct, kw_only=True):
    """A web-chat visitor gets a token, bound to one account and one identity."""

    failpoint: ClassVar[str] = "write"

    desk: str
    hash: str
    account: str
    urn: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """Whether the hash is taken."""
        yield by_key(Visitor, self.hash)

    def decide(self, change: Change) -> Visitor:
        """The visitor's row."""
        return change.put(
            Visitor(
                hash=self.hash,
                desk=self.desk,
                account=self.account,
                urn=self.urn,
                created_at=change.now,
                seen_at=change.now,
                expires_at=change.now + VISITOR_MS,
                read_seq=0,
            )
        )


class TouchVisitor(msgspec.Struct, kw_only=True):
    """A visitor is back: the token's 30 days begin anew."""

    failpoint: ClassVar[str] = "write"

    hash: str

    def reads(self, view: View) -> Iterable[Lookup]:
        """The visitor."""
        yield by_key(Visitor, self.hash)

    def decide(self, change: Change) -> Visitor | None:
        """The visitor's row; None when it is unknown or has expired."""
        visitor = change.get(Visitor, self.hash)
        if visitor is None or visitor.expires_at <= change.now:
            return None
        if change.now - visitor.seen_at < TOUCH_EVERY_MS:
            return visitor
        return change.put(replace(visitor, seen_at=change.now, expires_at=change.now + VISITOR_MS))
