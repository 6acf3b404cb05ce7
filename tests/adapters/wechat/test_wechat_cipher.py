"""Signatures and encryption against other people's vectors.

From wechatpy's tests (MIT) and WxJava's (Apache-2.0), or made anew with the cryptography package.
"""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from adapters._shared import wechat
from adapters._shared.wechat import Malformed, Sealed, aes_key, read_xml, signature, unseal, verify
from gateway.contract import Unauthentic
from tests.adapters.wechat.deliveries import APP_ID, seal

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
ECHO = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
CHINESE_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CHINESE = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="


def test_signature() -> None:
    """Sorted, joined, SHA-1."""
    assert signature("test", "1410685589", "test") == "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"
    assert signature("123", "345") == "9f537aeb751ec72605f57f94a2f6dc3e3958e1dd"


@pytest.mark.parametrize(("nonce", "valid"), [("437374425", True), ("437374424", False)])
def test_encrypted_echo(nonce: str, valid: bool) -> None:
    """What is encrypted is signed too, and opens to what was asked."""
    query = {
        "msg_signature": "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
        "timestamp": "1411443780",
        "nonce": nonce,
    }
    if not valid:
        with pytest.raises(Unauthentic):
            verify(query, "123456", field="msg_signature", sealed=ECHO)
        return
    verify(query, "123456", field="msg_signature", sealed=ECHO)
    assert unseal(ECHO, aes_key(KEY), "wx49f0ab532d5d035a") == b"5927782489442352469"


def test_known_answer() -> None:
    """Chinese words, another key."""
    got = unseal(CHINESE, aes_key(CHINESE_KEY), "wxb11529c136998cb6")
    assert got.decode() == "我是中文abcd123"
    salt = b"aaaabbbbccccdddd"
    assert wechat.seal(got, aes_key(CHINESE_KEY), "wxb11529c136998cb6", salt) == CHINESE


def test_another_account() -> None:
    """What is encrypted for another account is not for us."""
    with pytest.raises(Unauthentic, match="another account"):
        unseal(CHINESE, aes_key(CHINESE_KEY), "wxb11529c136998cb7")


@pytest.mark.parametrize(
    "sealed",
    ["", "!", "AAAA", "ключ", "A" * 43 + "=", ECHO[:-24] + "AAAAAAAAAAAAAAAAAAAAAA==", CHINESE],
)
def test_unsealable(sealed: str) -> None:
    """Torn, foreign or empty: a value of our own, never a crash."""
    with pytest.raises((Sealed, Unauthentic)):
        unseal(sealed, aes_key(KEY), APP_ID)


@pytest.mark.parametrize("size", range(65))
def test_every_fill(size: int) -> None:
    """Words of every length come back, whatever they are filled up with."""
    assert unseal(seal(b"x" * size), aes_key(KEY), APP_ID) == b"x" * size


def test_a_fill_that_lies() -> None:
    """Whatever is filled up with must be filled up as it says."""
    data = b"0123456789abcdef" + (3).to_bytes(4, "big") + b"abc" + APP_ID.encode()
    data += b"\x00" * (-len(data) % 16 + 14) + b"\x07\x02"
    encryptor = Cipher(algorithms.AES(aes_key(KEY)), modes.CBC(aes_key(KEY)[:16])).encryptor()
    sealed = base64.b64encode(encryptor.update(data) + encryptor.finalize()).decode()
    with pytest.raises(Sealed):
        unseal(sealed, aes_key(KEY), APP_ID)


@pytest.mark.parametrize("body", [b"<!DOCTYPE xml><xml><a>b</a></xml>", b"<xml>", b"", b"\xff\xfe"])
def test_no_xml(body: bytes) -> None:
    """A document type is refused even when it defines nothing."""
    with pytest.raises(Malformed):
        read_xml(body)


def test_xml_within_xml() -> None:
    """Names that come twice have a list, and depth has an end."""
    assert read_xml(b"<xml><a>1</a><a>2</a><a>3</a><b><c>4</c></b></xml>") == {
        "a": ["1", "2", "3"],
        "b": {"c": "4"},
    }
    deep = read_xml(b"<xml>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</xml>")
    assert len(str(deep)) < 100
    with pytest.raises(Malformed, match="more than 20000 tags"):
        read_xml(b"<xml>" + b"<a/>" * 20_000 + b"</xml>")


@pytest.mark.parametrize("key", ["", "short", "A" * 42, "A" * 44, "!" * 43, "ключ"])
def test_bad_keys(key: str) -> None:
    """A key that is none is refused when it is written, not when a customer waits."""
    with pytest.raises(ValueError, match="encoding_aes_key"):
        aes_key(key)
