"""What a model is not told, how much it is told, and what of its answer is a draft."""

import pytest

from gateway.domain.message import Direction, Message, MessageKind, MessageState
from gateway.pipeline.drafting import HIDDEN, MESSAGES, chats, last_asked, without_persons

HID = [
    ("a card", "my card 4111 1111 1111 1111 please", "my card ··· please"),
    ("a card in full width", "卡号４１１１１１１１１１１１１１１１，谢谢", "卡号···，谢谢"),
    ("an identity number", "身份证11010519491231002X，谢谢", "身份证···，谢谢"),
    ("a Chinese mobile", "打13812345678找我", "打···找我"),
    ("a mobile in groups", "打138 1234 5678找我", "打···找我"),
    ("a mobile with a country", "call +49 151 12345678 now", "call ··· now"),
    ("a local number", "call 0151/1234567 now", "call ··· now"),
    ("an order", "order 2026112300017 is late", "order ··· is late"),
    ("a mail address", "write to a.b+c@mail.example, please", "write to ···, please"),
    ("a mail address amid Chinese", "邮箱是a.b@mail.example请回复", "邮箱是···请回复"),
    ("a mail address in full width", "邮箱ａ＠mail.example", "邮箱···"),
    ("an office's too", "support@shop.example", "···"),
    ("a link", "see https://shop.example/o?token=abc and say", "see ··· and say"),
    ("a name", "This is Sarah Reed", "This is ···"),
    ("a part of the name", "It's sarah again, REED", "It's ··· again, ···"),
    ("a Chinese name", "我是王小明，你好", "我是···，你好"),
    ("no part of a word", "I reeducate Sarahs", "I reeducate Sarahs"),
    ("not an amount", "I paid 1,299.00 on 2026-11-23 14:00", "I paid 1,299.00 on 2026-11-23 14:00"),
    ("not few digits", "size 42, flat 1203, 123456", "size 42, flat 1203, 123456"),
    ("nothing", "", ""),
    ("several at once", "13812345678或13912345678", "···或···"),
    ("letters that grow in small", "İİİ 13812345678", "İİİ ···"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "left"), [h[1:] for h in HID], ids=[h[0] for h in HID])
def test_what_belongs_to_a_person_is_hidden(text: str, left: str) -> None:
    """Numbers, addresses, links and the customer's own name; what is said around them stays."""
    assert without_persons(text, ("Sarah Reed", "王小明", "")) == left


def message(text: str, direction: Direction = Direction.IN) -> Message:
    return Message(
        id=text[:9], desk="d", conversation="c", seq=1, account="a", direction=direction,
        kind=MessageKind.TEXT, author="x", identity="tel:+491", local="", text=text,
        state=MessageState.RECEIVED, reason="", detail="", provider_id=None, in_reply_to=None,
        automatic=False, verified=True, at=1, provider_at=None, key=None, body="{}",
    )  # fmt: skip


BOUND = {"desk": "Shop", "locale": "en", "most_out": 500}


def test_no_more_is_told_than_may_be() -> None:
    """The newest words first; of long ones the beginning; however many there are."""
    said = [message("old"), *[message("z" * 5_000)] * 30, message("newest")]
    _, data = chats(said, (), (), most_in=8_000, **BOUND)
    assert data.content.count('"from"') == 9
    assert data.content.count("z") == 8_000 - len("newest")
    assert data.content.index("zzz") < data.content.index("newest")
    assert "old" not in data.content
    _, few = chats([message(f"m{n}.") for n in range(30)], (), (), most_in=8_000, **BOUND)
    assert few.content.count('"from"') == MESSAGES
    assert '"m29."' in few.content


def test_what_was_asked_last() -> None:
    """The customer's newest words, not ours, and not a picture without words."""
    said = [message("first"), message("second"), message("ours", Direction.OUT), message(" ")]
    assert last_asked(said) == "second"
    assert last_asked(said[2:]) == ""


def test_a_number_is_hidden_before_its_text_is_cut() -> None:
    """Where a text is cut, no piece of a number is left."""
    long = "x " * 495 + "4111 1111 1111 1111"
    _, data = chats([message(long)], (), (), most_in=8_000, **BOUND)
    assert "4111" not in data.content
    assert HIDDEN in data.content
