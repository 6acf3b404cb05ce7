"""People whom a provider vouches for (OIDC): who they are here, and their session."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.access import Role, Session, User
from gateway.domain.outcome import Refusal
from gateway.verbs.access import SHUT_OUT, AddUser, invited
from gateway.verbs.change import AGENT_LENGTH, Change, Lookup, View, by_index, by_key

BY = "oidc"  # who the audit log says adds people


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the provider knows and the desk does not, and what they are to be here."""

    login: str
    name: str
    role: Role
    locale: str


class OpenVouched(msgspec.Struct, kw_only=True):
    """A person whom the provider vouches for signed in: by nothing but its name for them.

    With an invitation that name is linked to the invited user; a newcomer is added, when one is
    given. No second factor of ours is asked for: the provider has asked for its own.
    """

    failpoint: ClassVar[str] = "write"

    desk: str
    issuer: str
    subject: str
    hash: str
    address: str
    agent: str
    lasts_ms: int
    proved_at: int
    invite_hash: str = ""
    newcomer: Newcomer | None = None

    def reads(self, view: View) -> Iterable[Lookup]:
        """Whom that name is linked to, whom the link invites, whether the login is taken."""
        yield by_index(User, "subject", self.desk, self.issuer, self.subject)
        if self.invite_hash:
            yield by_index(User, "invite", self.invite_hash)
        if self.newcomer is not None:
            yield by_key(User, self.desk, self.newcomer.login)

    def decide(self, change: Change) -> Session | Refusal:
        """The session."""
        user = self._whose(change)
        if isinstance(user, Refusal):
            return user
        if user.disabled:
            return SHUT_OUT
        change.audit(f"agent:{user.login}", "session.open", user.login, f"by {self.issuer}")
        return change.put(
            Session(
                hash=self.hash,
                desk=self.desk,
                login=user.login,
                created_at=change.now,
                proved_at=self.proved_at,
                seen_at=change.now,
                expires_at=change.now + self.lasts_ms,
                address=self.address,
                agent=self.agent[:AGENT_LENGTH],
            )
        )

    def _whose(self, change: Change) -> User | Refusal:
        linked = change.by(User, "subject", self.desk, self.issuer, self.subject)
        if self.invite_hash:
            return self._invited(change, linked)
        if linked:
            return linked[0]
        if self.newcomer is None:
            return _not_linked("Nobody here is linked to this account of the provider.")
        return self._added(change, self.newcomer)

    def _invited(self, change: Change, linked: list[User]) -> User | Refusal:
        user = invited(change, self.invite_hash)
        if isinstance(user, Refusal) or user.disabled:
            return user
        if linked and linked[0].login != user.login:
            return Refusal(
                code="oidc_taken",
                detail="This account of the provider signs in somebody else here.",
                what_to_do="Sign in there as yourself; or an administrator parts the other one.",
            )
        said = f"linked to {self.subject} of {self.issuer}"
        change.audit(f"agent:{user.login}", "user.invite_taken", user.login, said)
        return change.put(
            replace(
                user,
                issuer=self.issuer,
                subject=self.subject,
                invite_hash="",
                invite_expires_at=None,
            )
        )

    def _added(self, change: Change, who: Newcomer) -> User | Refusal:
        """Never somebody who is here already: a name that looks alike proves nothing."""
        if change.get(User, self.desk, who.login) is not None:
            return _not_linked(f"There is a user {who.login} here, linked to another account.")
        add = AddUser(
            desk=self.desk,
            login=who.login,
            name=who.name,
            role=who.role,
            locale=who.locale,
            by=BY,
        )
        user = add.decide(change)
        assert isinstance(user, User)
        return change.put(replace(user, issuer=self.issuer, subject=self.subject))


def _not_linked(detail: str) -> Refusal:
    return Refusal(
        code="oidc_not_linked",
        detail=detail,
        what_to_do="Ask your administrator for an invitation, and take it by this provider.",
        status=403,
    )
