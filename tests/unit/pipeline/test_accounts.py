"""The accounts of a node: an adapter each, found by name or refused in words."""

from typing import Any

import pytest

from gateway.domain.outcome import Refusal
from gateway.pipeline.accounts import Account, UnknownAccount, find, make_account
from tests.unit.pipeline.toy import Toy


def test_an_account_speaks_through_its_adapter() -> None:
    """Channel and capabilities are the adapter's; its settings are handed over untouched."""
    settings: Any = {"number": "+1"}
    account = make_account("sales", Toy, settings)
    assert account.id == "sales"
    assert account.adapter.built_for == ("sales", settings)
    assert account.settings is settings
    assert account.channel == "toy"
    assert account.capabilities is account.adapter.capabilities


@pytest.mark.parametrize(
    ("names", "what_to_do"),
    [
        (("b", "a"), "Choose one of: a, b."),
        ((), "Choose one of: none is configured."),
    ],
)
def test_an_unknown_account_is_refused_with_those_there_are(
    names: tuple[str, ...], what_to_do: str
) -> None:
    """The refusal names what may be chosen."""
    accounts = {name: Account(name, Toy(), None) for name in names}
    refusal = find(accounts, "c")
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.status) == ("unknown_account", 404)
    assert refusal.detail == "There is no channel account c."
    assert refusal.what_to_do == what_to_do


def test_a_known_account_is_found() -> None:
    """By its exact name."""
    accounts = {name: Account(name, Toy(), None) for name in ("a", "b")}
    assert find(accounts, "b") is accounts["b"]
    assert isinstance(find(accounts, "B"), Refusal)


def test_the_error_says_what_to_do() -> None:
    """An error's docstring is its message."""
    assert "check `channels`" in (UnknownAccount.__doc__ or "")
