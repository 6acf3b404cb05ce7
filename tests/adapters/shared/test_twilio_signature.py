"""Our own check of Twilio's signatures says what Twilio's own validator says."""

from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from adapters._shared.twilio import (
    REASONS,
    address_of,
    of_another_account,
    signature,
    urn_of,
    verified,
)
from gateway.contract import RawRequest, Unauthentic

TOKEN = "12345"


class Multi(dict):
    """A form as frameworks give it to Twilio's validator: names with all their values."""

    def __init__(self, pairs) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def getall(self, name):
        return [value for each, value in self.pairs if each == name]


def ours(url: str, pairs, given_signature: str) -> bool:
    parts = urlsplit(url)
    raw = RawRequest(
        account="a",
        method="POST",
        path=parts.path + (f"?{parts.query}" if parts.query else ""),
        headers=(
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Twilio-Signature", given_signature),
        ),
        body=urlencode(pairs).encode(),
    )
    try:
        verified(raw, f"{parts.scheme}://{parts.netloc}", SecretStr(TOKEN))
    except Unauthentic:
        return False
    return True


HOSTS = st.sampled_from(
    ["desk.example", "desk.example:443", "desk.example:80", "desk.example:8443"]
)
PATHS = st.sampled_from(["/in/sms", "/", "/in/sms?a=1", "/in/sms?a=%20b&a=+c&d", "/in/%E4%B8%AD"])
URLS = st.builds(lambda s, h, p: f"{s}://{h}{p}", st.sampled_from(["https", "http"]), HOSTS, PATHS)
WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
PAIRS = st.lists(
    st.tuples(st.sampled_from(["A", "a", "Body", "AB", "中", "B"]) | WORDS, WORDS), max_size=8
)


@given(signed=URLS, asked=URLS, pairs=PAIRS, changed=PAIRS)
def test_agrees_with_twilios_validator(signed, asked, pairs, changed) -> None:
    """Whatever was signed and whatever arrives, both say the same."""
    validator = RequestValidator(TOKEN)
    made = validator.compute_signature(signed, Multi(pairs))
    for url in (signed, asked):
        for form in (pairs, changed, pairs[::-1], pairs * 2):
            theirs = validator.validate(url, Multi(form), made)
            assert ours(url, form, made) == theirs


def test_own_signature_is_theirs() -> None:
    """Signing gives what Twilio's package gives, duplicates once and sorted."""
    pairs = (("b", "2"), ("a", "9"), ("b", "1"), ("b", "2"))
    url = "https://desk.example/in/sms"
    expected = RequestValidator(TOKEN).compute_signature(url, Multi(list(pairs)))
    assert signature(TOKEN.encode(), url, pairs) == expected


@pytest.mark.parametrize("value", ["", "ключ", "\udcff", "a" * 100_000, "\x00"])
def test_strange_headers_are_refused(value: str) -> None:
    """A signature in no encoding, of no length, is wrong and nothing worse."""
    assert not ours("https://desk.example/in/sms", [("a", "b")], value)


ADDRESSES = [
    ("+4915112345678", "tel:+4915112345678", "+4915112345678"),
    (" +4915112345678 ", "tel:+4915112345678", "+4915112345678"),
    ("12345", "tel:12345", "12345"),
    ("MyShop", "tel:MyShop", "MyShop"),
    ("whatsapp:+8613800138000", "whatsapp:8613800138000", "whatsapp:+8613800138000"),
    ("WhatsApp:8613800138000", "whatsapp:8613800138000", "whatsapp:+8613800138000"),
    ("whatsapp:CN.x1", "whatsapp:CN.x1", "whatsapp:CN.x1"),
]


@pytest.mark.parametrize(("theirs", "urn", "back"), ADDRESSES)
def test_addresses(theirs: str, urn: str, back: str) -> None:
    """Each kind of address has one URN, and the way back is Twilio's spelling."""
    assert urn_of(theirs) == urn
    assert address_of(urn) == back


@pytest.mark.parametrize("theirs", ["", " ", "whatsapp:", "whatsapp:+"])
def test_no_address(theirs: str) -> None:
    """Nobody is no address."""
    with pytest.raises(ValueError, match="empty"):
        urn_of(theirs)


OURS, OTHER = "AC" + "a" * 32, "AC" + "b" * 32
# whose the delivery says it is, whose the settings say, whether it is taken
ACCOUNTS = [
    (OURS, OURS, True),
    (OTHER, OURS, False),
    ("", OURS, True),
    ("acct", OURS, True),
    (OTHER, "acct", True),
]


@pytest.mark.parametrize(("told", "configured", "taken"), ACCOUNTS)
def test_accounts(told: str, configured: str, taken: bool) -> None:
    """Another account of Twilio's is not ours; nothing is judged by names that others give."""
    stray = of_another_account({"AccountSid": told}, configured)
    assert (stray is None) is taken
    if stray is not None:
        assert OTHER in stray.detail
        assert "correct account_sid or auth_token" in stray.detail


# code -> what it must mean: those that decide what the house does next
CODES = {
    "21610": "opted_out", "21211": "invalid_recipient", "21614": "invalid_recipient",
    "30003": "invalid_recipient", "30005": "invalid_recipient", "30006": "invalid_recipient",
    "30007": "content_refused", "30004": "blocked", "63016": "window_closed", "63018": "throttled",
    "20003": "credentials", "20429": "throttled", "21617": "too_large", "21620": "unsupported",
    "30001": "throttled", "30002": "credentials", "30008": "unavailable",
}  # fmt: skip


@pytest.mark.parametrize(("code", "reason"), CODES.items())
def test_codes(code: str, reason: str) -> None:
    """The codes of every day are known by what they ask of us."""
    assert REASONS[code] == reason
