"""Bytes into text, whatever the mail says they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.wire.charsets import codec_of, decode

ZH = "您好，我的订单还没有收到，请尽快处理，谢谢！"
ZH_TW = "您好，我的訂單還沒有收到，請盡快處理，謝謝！"
BROKEN = "那盏台灯收到时灯罩已经碎了，请问可以换一个新的吗？如果不能换货就直接退款。"
JA = "お世話になっております。株式会社の田中です。"
KO = "안녕하세요 주문한 상품이 아직 도착하지 않았습니다 확인 부탁드립니다"
RU = "Здравствуйте, где мой заказ номер пятнадцать?"
DE = "Grüße aus München, schöne Äpfel für 5 €"

NAMED = [
    ("GBK that says GB2312, with a character beyond it", "gb2312", "朱镕基先生：您好".encode("gbk"), "朱镕基先生：您好"),
    ("four bytes of GB18030 that say GBK", "gbk", "𠮷野家".encode("gb18030"), "𠮷野家"),
    ("UTF-8 that says GB2312", "gb2312", ZH.encode(), ZH),
    ("GBK that says UTF-8, and here and there looks like it", "utf-8", (ZH + BROKEN).encode("gbk"), ZH + BROKEN),
    ("GBK that says Big5", "big5", BROKEN.encode("gbk"), BROKEN),
    ("Big5 that says UTF-8", "utf-8", ZH_TW.encode("big5"), ZH_TW),
    ("Big5 that says GB2312", "gb2312", ZH_TW.encode("big5"), ZH_TW),
    ("traditional characters in GBK", "gbk", ZH_TW.encode("gbk"), ZH_TW),
    ("UTF-8 that lost a byte here and there", "utf-8", BROKEN.encode().replace("灯".encode(), "灯".encode()[1:]), BROKEN.replace("灯", "\ufffd\ufffd")),
    ("German of which two letters are Latin-1", "utf-8", b"F\xc3\xbcr M\xfcnchen, Gr\xfc\xc3\x9fe", "F\u00fcr M\ufffdnchen, Gr\ufffd\u00dfe"),
    ("GBK that says ISO-8859-1", "iso-8859-1", ZH.encode("gbk"), ZH),
    ("GBK that says nothing", None, ZH.encode("gbk"), ZH),
    ("GBK that says US-ASCII", "us-ascii", ZH.encode("gbk"), ZH),
    ("two characters of GBK that look like UTF-8", "gbk", "耗雀".encode("gbk"), "耗雀"),
    ("Big5", "big5", ZH_TW.encode("big5"), ZH_TW),
    ("Big5 that says nothing", None, ZH_TW.encode("big5"), ZH_TW),
    ("Big5 with Hong Kong's characters", "big5-hkscs", "佢哋喺嗰度".encode("big5hkscs"), "佢哋喺嗰度"),
    ("HZ", "hz-gb-2312", b"~{<:Ky2;~}", "己所不"),
    ("ISO-2022-CN", "iso-2022-cn", b"\x1b$)A\x0eDc:C\x0f ok", "你好 ok"),
    ("ISO-2022-JP", "iso-2022-jp", JA.encode("iso2022_jp"), JA),
    ("ISO-2022-JP that says nothing", None, JA.encode("iso2022_jp"), JA),
    ("ISO-2022-JP with NEC's circled one", "iso-2022-jp", b"\x1b$B-!-j\x1b(B", "①㈱"),
    ("ISO-2022-JP with half-width kana", "iso-2022-jp", b"\x1b(I123\x1b(B!", "ｱｲｳ!"),
    ("ISO-2022-JP-2 with JIS X 0212", "iso-2022-jp-2", "丂".encode("iso2022_jp_2"), "丂"),
    ("Shift JIS that says nothing", None, JA.encode("cp932"), JA),
    ("EUC-JP that says nothing", None, JA.encode("euc_jp"), JA),
    ("ISO-2022-KR", "iso-2022-kr", "안녕".encode("iso2022_kr"), "안녕"),
    ("CP949 that says ks_c_5601-1987", "ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
    ("Korean that says nothing", None, KO.encode("cp949"), KO),
    ("Windows-1251 that says nothing", None, RU.encode("cp1251"), RU),
    ("KOI8-R that says nothing", None, RU.encode("koi8-r"), RU),
    ("UTF-7", "utf-7", b"Gr+APwA3w-e", "Grüße"),
    ("UTF-7 by its old name", "unicode-1-1-utf-7", b"+ZeVnLIqe-", "日本語"),
    ("UTF-16 with a mark", "utf-16", "谢谢".encode("utf-16"), "谢谢"),
    ("UTF-16 without a mark, little end first", "utf-16", "Hello 您好".encode("utf-16-le"), "Hello 您好"),
    ("UTF-16 without a mark, big end first", "utf-16", "Hello 您好".encode("utf-16-be"), "Hello 您好"),
    ("Windows-1252 that says ISO-8859-1", "iso-8859-1", DE.encode("cp1252"), DE),
    ("Windows-1252 that says UTF-8", "utf-8", DE.encode("cp1252"), DE),
    ("UTF-8 that says ISO-8859-1", "iso-8859-1", DE.encode(), DE),
    ("UTF-8 that was cut within a character", "utf-8", ZH.encode()[:-1], ZH[:-1] + "\ufffd"),
    ("UTF-8 with a mark", "utf-8", b"\xef\xbb\xbfhi", "hi"),
    ("a charset nobody knows", "x-martian", ZH.encode(), ZH),
    ("a name with rubbish behind it", "windows-1252http-equiv", DE.encode("cp1252"), DE),
    ("a name with a header behind it", "utf-8\r\n content-transfer-encoding: 7bit", ZH.encode(), ZH),
    ("a name in quotes", '"GB2312"', ZH.encode("gbk"), ZH),
    ("a misspelt name", "iso-gb2312", ZH.encode("gbk"), ZH),
    ("a codec that is no charset", "base64", b"aGk=", "aGk="),
    ("a codec that runs code points", "unicode_escape", b"\\u0041", "\\u0041"),
    ("a name that would be an attack on the import system", "../../os", b"hi", "hi"),
    ("NUL, which no database takes", "us-ascii", b"a\0b", "ab"),
    ("half a surrogate pair", "utf-16-le", b"\x00\xd8a\x00", "\ufffda"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "text"), [row[1:] for row in NAMED], ids=[row[0] for row in NAMED]
)
def test_decode(name: str | None, data: bytes, text: str) -> None:
    """The text is right although its name is wrong, missing or garbled."""
    assert decode(data, name) == text


@given(st.binary(max_size=300), st.one_of(st.none(), st.text(max_size=30)))
def test_never_fails(data: bytes, name: str | None) -> None:
    """Any bytes under any name are text that can be stored."""
    decode(data, name).encode("utf-8")


@pytest.mark.parametrize("name", ["gb2312", "big5", "shift_jis", "iso-2022-jp", "utf-7", "utf-16"])
@given(data=st.binary(max_size=200))
def test_known_names_never_fail(name: str, data: bytes) -> None:
    """Rubbish under a name that we know is text, too."""
    assert "\0" not in decode(data, name)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40))
def test_chinese_by_its_name(text: str) -> None:
    """Chinese in GBK, GB18030 or UTF-8 under any of their names, and it is itself again."""
    for codec in ("gbk", "gb18030"):
        assert decode(text.encode(codec), "gb2312") == text
    assert decode(text.encode(), "utf-8") == text


def test_names_do_not_pile_up() -> None:
    """A name of any length costs no memory afterwards."""
    assert codec_of("x" * 100_000) is None
    assert decode(b"hi", "utf-8" + "x" * 100_000) == "hi"
