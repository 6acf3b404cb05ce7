"""What proves that a mail belongs to a conversation, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.wire.identity import (
    Own,
    message_ids,
    own_message,
    own_message_id,
    proved_conversation,
    reply_address,
)
from tests.adapters.email.mails import ADDRESS, CONVERSATION, OWN, mail, read

PROOF = reply_address(OWN, CONVERSATION)
OTHER = "01890a5d-ac96-774b-bcce-b302099a8058"
AUTHENTIC = "mx.shop.example; dmarc=pass (p=none) header.from=example.com"


def test_a_reply_address() -> None:
    """Our address, a tag of the conversation and a code of it; short enough for every server."""
    local, _, domain = PROOF.partition("@")
    assert domain == "shop.example"
    head, tag_and_code = local.split("+")
    tag, code = tag_and_code.split(".")
    assert (head, len(tag), len(code)) == ("support", 26, 16)
    assert len(local) <= 64
    assert PROOF.lower() == PROOF


def test_it_proves_the_conversation() -> None:
    """An answer to it joins the conversation, however the address was written."""
    assert proved_conversation(OWN, [PROOF]) == CONVERSATION
    assert proved_conversation(OWN, [PROOF.upper()]) == CONVERSATION
    assert proved_conversation(OWN, ["x@y.z", PROOF]) == CONVERSATION


FIELDS = ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"]


@pytest.mark.parametrize("field", FIELDS)
def test_where_it_may_stand(field: str) -> None:
    """In any field that says where the mail was delivered."""
    raw = mail(**{"To": "somebody@else.example", field: f"Shop <{PROOF}>"})
    assert read(raw).conversation == CONVERSATION


def test_not_everywhere() -> None:
    """In no field that only talks about it."""
    assert read(mail(subject=PROOF, references=f"<{PROOF}>", reply_to=PROOF)).conversation is None
    assert read(mail(f"write to {PROOF}")).conversation is None


ACCOUNT = Own("other", ADDRESS, OWN.key)
KEY = Own("mail", ADDRESS, b"another key")
FORGED = [
    ("another code", PROOF.replace(PROOF.partition("@")[0][-3:], "aaa")),
    ("no code", PROOF.partition(".")[0] + "@shop.example"),
    ("an empty code", PROOF.partition(".")[0] + ".@shop.example"),
    ("the code of another conversation", PROOF.partition(".")[0] + "." + reply_address(OWN, OTHER).partition(".")[2]),
    ("the code of another account", reply_address(ACCOUNT, CONVERSATION)),
    ("the code of another key", reply_address(KEY, CONVERSATION)),
    ("another domain", PROOF.replace("shop.example", "evil.example")),
    ("another mailbox", PROOF.replace("support", "sales")),
    ("a tag that is none", "support+" + "1" * 26 + "." + "a" * 16 + "@shop.example"),
    ("letters that are none of base32", "support+" + "é" * 26 + "." + "a" * 16 + "@shop.example"),
]  # fmt: skip


@pytest.mark.parametrize("address", [row[1] for row in FORGED], ids=[row[0] for row in FORGED])
def test_a_forged_one_joins_nothing(address: str) -> None:
    """Without the right code an address says nothing."""
    assert proved_conversation(OWN, [address]) is None
    assert read(mail(To=address)).conversation is None


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=16, max_size=16))
def test_no_guess_is_right(code: str) -> None:
    """A code is right only when it is the code."""
    guessed = PROOF.partition(".")[0] + f".{code}@shop.example"
    assert (proved_conversation(OWN, [guessed]) == CONVERSATION) == (guessed == PROOF)


def test_without_a_key() -> None:
    """Without a key no address is made and none is believed."""
    keyless = Own("mail", ADDRESS)
    assert reply_address(keyless, CONVERSATION) == ADDRESS
    assert proved_conversation(keyless, [PROOF]) is None


def test_where_no_code_fits() -> None:
    """A long local part, a server without tags or an id that is no UUID: the plain address."""
    long = Own("mail", "a-very-long-mailbox-name@shop.example", OWN.key)
    assert reply_address(long, CONVERSATION) == long.address
    tagless = Own("mail", ADDRESS, OWN.key, separator="")
    assert reply_address(tagless, CONVERSATION) == ADDRESS
    assert reply_address(OWN, "not a uuid") == ADDRESS


def test_another_separator() -> None:
    """Servers that tag by a hyphen are served as well."""
    hyphen = Own("mail", ADDRESS, OWN.key, separator="-")
    address = reply_address(hyphen, CONVERSATION)
    assert address.startswith("support-")
    assert proved_conversation(hyphen, [address]) == CONVERSATION


def test_our_message_ids() -> None:
    """A Message-ID of ours names its message; those of others name none."""
    made = own_message_id(OTHER, OWN)
    assert made == f"<{OTHER}@shop.example>"
    assert own_message(made, OWN) == OTHER
    assert own_message(made.replace("shop", "evil"), OWN) is None
    assert own_message("<x@shop.example>", OWN) is None


@pytest.mark.parametrize("written", ["<{}@x.example>", "{}@x.example"])
def test_long_message_ids(written: str) -> None:
    """None has more bytes than a line of a mail, in whatever letters: databases look for them."""
    for found in message_ids(written.format("é" * 998).encode()):
        assert len(found.encode()) <= 1_000


VERIFIED = [
    ("DMARC passed", {"authentication_results": AUTHENTIC}, True),
    ("among other results", {"authentication_results": "mx.shop.example 1; spf=pass smtp.mailfrom=x.y; dkim=pass header.d=example.com; dmarc=pass header.from=example.com"}, True),
    ("Outlook's way", {"authentication_results": "mx.shop.example; dmarc=pass action=none header.from=EXAMPLE.com;compauth=pass"}, True),
    ("nobody looked", {}, False),
    ("DMARC failed", {"authentication_results": AUTHENTIC.replace("=pass", "=fail")}, False),
    ("only SPF passed", {"authentication_results": "mx.shop.example; spf=pass smtp.mailfrom=example.com"}, False),
    ("somebody else's server says so", {"authentication_results": AUTHENTIC.replace("mx.shop", "mx.evil")}, False),
    ("ours says no on top, a forged one below says yes", {"authentication_results": ["mx.shop.example; dmarc=fail header.from=example.com", AUTHENTIC]}, False),
    ("somebody else on top, ours below", {"authentication_results": ["mx.other.example; none", AUTHENTIC]}, True),
    ("for another domain", {"authentication_results": AUTHENTIC.replace("from=example.com", "from=example.com.evil.example")}, False),
    ("for no domain", {"authentication_results": "mx.shop.example; dmarc=pass"}, False),
    ("within a comment", {"authentication_results": "mx.shop.example; none (dmarc=pass header.from=example.com)"}, False),
    ("within quotes", {"authentication_results": 'mx.shop.example; spf=fail reason="; dmarc=pass header.from=example.com"'}, False),
    ("two From fields", {"authentication_results": AUTHENTIC, "From": ["li@example.com", "boss@example.com"]}, False),
    ("two senders in From", {"authentication_results": AUTHENTIC, "From": "li@example.com, boss@example.com"}, False),
    ("a malformed From", {"authentication_results": AUTHENTIC, "From": "Li <li@example.com> x"}, False),
    ("a name that is an address of that domain", {"authentication_results": AUTHENTIC, "From": "li@example.com <x@evil.example>"}, False),
    ("a result that only begins alike", {"authentication_results": AUTHENTIC.replace("=pass", "=passed")}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "verified"), [row[1:] for row in VERIFIED], ids=[row[0] for row in VERIFIED]
)
def test_verified(fields: dict[str, str], verified: bool) -> None:
    """Only our own server's word that DMARC passed for this very From makes a sender sure."""
    assert read(mail(**fields)).verified is verified


def test_nobody_is_believed_by_default() -> None:
    """Without a configured server nobody's word counts."""
    assert not read(mail(authentication_results=AUTHENTIC), Own("mail", ADDRESS)).verified
