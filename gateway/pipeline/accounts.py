"""The channel accounts of this node: each an adapter with its settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.contract import (
    AccountId,
    AccountSettings,
    Adapter,
    Answers,
    ApprovedTemplate,
    Capabilities,
    Nudges,
)
from gateway.domain.ids import scheme_of
from gateway.domain.outcome import Refusal
from gateway.pipeline.fit import fit
from gateway.verbs.held import Way
from gateway.verbs.ways import limits_of


@dataclass(frozen=True)
class Account:
    """One account: what it is called in the configuration, and what speaks for it."""

    id: str
    adapter: Adapter
    settings: Any  # the adapter's own settings type

    @property
    def channel(self) -> str:
        """What people call the channel: email, sms, webchat, ..."""
        return self.adapter.channel

    @property
    def public_url(self) -> str:
        """The base of our addresses as this account's provider sees them; "" for none."""
        return self.settings.public_url if isinstance(self.settings, AccountSettings) else ""

    @property
    def capabilities(self) -> Capabilities:
        """What the channel can carry."""
        return self.adapter.capabilities

    def largest_delivery(self, most: int) -> int:
        """How many bytes its provider may bring at once, where any may bring `most`."""
        return max(most, self.capabilities.max_delivery_bytes)

    def reaches(self, identity: str) -> bool:
        """Whether it can write to such an address at all.

        Where nobody carries our words, they are read at this account's own door and no other.
        """
        schemes = self.capabilities.reaches
        if not schemes:
            return True
        here = self.capabilities.sends or identity.startswith((self.visitors, self.vouched))
        return here and scheme_of(identity) in schemes

    @property
    def visitors(self) -> str:
        """The beginning of the addresses of those who came to this account's door."""
        return f"{self.channel}:{self.id}:"

    @property
    def vouched(self) -> str:
        """The same of those for whom the page's owner signed."""
        return f"{self.channel}:{self.id}/"

    @cached_property
    def answers(self) -> Answers | None:
        """The adapter, where its door must answer with content."""
        return self.adapter if isinstance(self.adapter, Answers) else None

    @cached_property
    def nudge(self) -> ApprovedTemplate | None:
        """What asks a customer of this account for a word; None where nothing may."""
        return self.adapter.nudge() if isinstance(self.adapter, Nudges) else None

    @cached_property
    def way(self) -> Way:
        """The account as a way by which held replies may leave."""
        caps = self.capabilities
        return Way(
            account=self.id,
            channel=self.channel,
            limits=limits_of(caps),
            sends=caps.sends,
            fit=lambda message: fit(message, caps),
            nudge=self.nudge,
        )


class UnknownAccount(Exception):
    """There is no channel account of this name; check `channels` in the configuration."""


def make_account(account: str, kind: type[Adapter], settings: Any) -> Account:
    """Build the adapter of one account. No I/O."""
    return Account(account, kind.build(AccountId(account), settings), settings)


def find(accounts: Mapping[str, Account], name: str) -> Account | Refusal:
    """The account, or a refusal that says what there is."""
    account = accounts.get(name)
    if account is not None:
        return account
    return Refusal(
        code="unknown_account",
        detail=f"There is no channel account {name}.",
        what_to_do=f"Choose one of: {', '.join(sorted(accounts)) or 'none is configured'}.",
        status=404,
    )


def out_of_reach(account: Account) -> Refusal:
    """Why nothing can be written to this customer from the account."""
    return Refusal(
        code="out_of_reach",
        detail=f"{account.id} ({account.channel}) cannot write to this address of the customer.",
        what_to_do="Choose one of the channels by which the customer has written.",
        status=422,
    )
