"""The language of a text, as far as its script tells."""

from pathlib import Path

import pytest

from gateway.domain.language import language_of, locale_of, read_by, still_in

TEXTS_OF_OURS = Path(__file__).parents[3] / "templates" / "text"

TEXTS = [
    ("nothing", "", ""),
    ("no letters", "12:30 :-) 🙂", ""),
    ("Latin letters", "Hello", "en"),
    ("one Chinese character among brand names", "iPhone 15 Pro Max USB-C 壳", "zh"),
    ("one Chinese character in an English sentence", "my order 单 is late", "en"),
    ("greeted in Chinese, asked in English", "你好, I would like to return my lamp.", "en"),
    ("greeted in English, asked in Chinese", "Hello, 我想退货", "zh"),
    ("thanked in Chinese", "Can you send it to the office? 谢谢", "en"),
    ("greeted in both, and no more", "Hello 你好", "zh"),
    ("a Chinese name in an English sentence", "I bought 旅途保温杯 and it leaks", "en"),
    ("English names in a Chinese one", "你好，请问 Pro Max 和 USB-C charger 有货吗", "zh"),
    (
        "English quoted in a Chinese one",
        "邮件里说 your parcel is on the way，可还没到，帮我查一下",
        "zh",
    ),
    ("a link is no sentence", "订单 https://shop.example/is/this/the/order 没到", "zh"),
    ("capitals and apostrophes", "你好 I’M STILL WAITING FOR IT", "en"),
    ("Chinese only", "你好", "zh"),
    ("the first of the block", "\u3400", "zh"),
    ("the last of the block", "\u9fff", "zh"),
    ("a compatibility ideograph", "\uf900", "zh"),
    ("Chinese punctuation alone", "。", ""),
    ("kana is no Chinese", "ひらがな", "en"),
    ("what comes late is not looked at", "a" * 2_000 + "你", "en"),
    ("the last that is looked at", "a" * 1_999 + "你", "zh"),
    ("Chinese without an end", "请问有货吗" * 2_000 + " is it the one", "zh"),
]


@pytest.mark.parametrize(("label", "text", "language"), TEXTS, ids=[row[0] for row in TEXTS])
def test_language(label: str, text: str, language: str) -> None:
    """Enough to greet and to route by."""
    assert language_of(text) == language


LOCALES = [
    ("nothing", "", (), ""),
    ("English", "Where is my parcel?", ("zh-TW",), "en"),
    ("traditional", "請問我的訂單什麼時候會到？", (), "zh-TW"),
    ("simplified", "请问我的订单什么时候会到？", (), "zh"),
    ("one word that tells it, traditional", "退貨", (), "zh-TW"),
    ("one word that tells it, simplified", "退货", (), "zh"),
    ("traditional thanks", "謝謝", (), "zh-TW"),
    ("Hong Kong's words", "點解仲未到㗎", (), "zh-TW"),
    ("a character that the mainland has for names", "三天後", (), "zh-TW"),
    ("what the writer is known for, where both have it", "請問有貨嗎", ("en", "zh-HK"), "zh-HK"),
    ("the writer's own words before what they are known for", "请问有货吗", ("zh-TW",), "zh"),
    ("and the other way round", "請問有貨嗎", ("zh-CN",), "zh-TW"),
    ("traditional, and a simplified name", "請問「优质生活」有貨嗎", ("zh-TW", "zh"), "zh-TW"),
    ("simplified, and the goods' traditional name", "鳳凰單叢茶有货吗", ("zh", "zh-TW"), "zh"),
    ("simplified, and a traditional name", "请问「臺灣」这个牌子还有货吗", (), "zh"),
    ("as much of one as of the other", "貨 货", (), "zh"),
    ("as much of one as of the other, at a desk in Taipei", "貨 货", ("", "zh-TW"), "zh-TW"),
    ("English around traditional words", "Hi, 請問 Pro Max 還有貨嗎", (), "zh-TW"),
    ("a sign of Japanese in a name", "請問優の良品有貨嗎", (), "zh-TW"),
    ("Japanese without kana", "領収書発行希望", (), "zh"),
    ("Japanese without kana, like simplified", "会社住所変更", ("zh-TW",), "zh-TW"),
    ("Japanese", "注文した商品が届きません。確認をお願いします", (), "zh"),
    ("a greeting alone", "你好", (), "zh"),
    ("a greeting of a known reader", "你好", ("zh-TW", "zh-CN"), "zh-TW"),
    ("a greeting of a known reader of simplified", "你好", ("zh", "zh-TW"), "zh"),
    ("a greeting at a desk in Taipei", "你好", ("", "zh-TW"), "zh-TW"),
    ("a greeting at a desk in Hangzhou", "您好，在不在", ("", "zh-CN"), "zh"),
    ("a greeting at a desk that speaks English", "你好", ("en", "en"), "zh"),
    ("a script by its name", "可以退款", ("zh-Hant",), "zh-Hant"),
    ("no locale that there is", "你好", ("zh-twin",), "zh"),
]


@pytest.mark.parametrize(
    ("label", "text", "known", "locale"), LOCALES, ids=[row[0] for row in LOCALES]
)
def test_locale(label: str, text: str, known: tuple[str, ...], locale: str) -> None:
    """Traditional where the customer writes it; what tells nothing is as is known of them."""
    assert locale_of(text, known) == locale


def test_all_that_we_say_is_told_by_its_script() -> None:
    """Every template in Chinese, in each of its scripts."""
    for name, locale in (("zh-CN", "zh"), ("zh-TW", "zh-TW")):
        for file in (TEXTS_OF_OURS / name).glob("*.md"):
            _, _, words = file.read_text().rpartition("\n---\n")
            assert locale_of(words) == locale, file


SHOWN = [
    ("nothing told", "", "zh-CN", "zh-CN"),
    ("no Chinese", "en-GB", "zh-TW", "zh-TW"),
    ("Taiwan's page", "zh-TW", "zh-CN", "zh-TW"),
    ("Hong Kong's page", "zh-HK", "zh-CN", "zh-TW"),
    ("the script by its name", "zh-hant", "en", "zh-TW"),
    ("script and region", "zh-Hant-HK", "", "zh-TW"),
    ("as some pages write it", "zh_TW", "zh-CN", "zh-TW"),
    ("the script before the region", "zh-Hans-HK", "zh-TW", "zh"),
    ("a desk's own region", "zh-TW", "zh-HK", "zh-HK"),
    ("the mainland's page", "zh-CN", "zh-TW", "zh"),
    ("Singapore's page", "zh-SG", "zh-HK", "zh"),
    ("simplified by its name", "zh-hans", "zh-TW", "zh"),
    ("simplified at a desk in Hangzhou", "zh-hans", "zh-CN", "zh-CN"),
    ("Chinese, and no script", "zh", "zh-TW", "zh-TW"),
    ("a longer word", "zh-twin", "zh-CN", "zh-CN"),
    ("what else stands there", "zh-TW; <b>", "zh-CN", "zh-TW"),
]


@pytest.mark.parametrize(("label", "shown", "desks", "locale"), SHOWN, ids=[s[0] for s in SHOWN])
def test_the_page_is_a_hint_of_the_script(label: str, shown: str, desks: str, locale: str) -> None:
    """Of the script alone: nothing of what a stranger's browser says is kept."""
    assert read_by(shown, desks) == locale


NEXT = [
    ("a greeting first", "zh", "請問有貨嗎", "zh-TW"),
    ("a word that tells nothing", "zh-TW", "好的", "zh-TW"),
    ("a number", "zh-TW", "123", "zh-TW"),
    ("simplified after all", "zh-TW", "请问有货吗", "zh"),
    ("as before", "zh-HK", "請問有貨嗎", "zh-HK"),
    ("as an agent said it", "zh-CN", "请问有货吗", "zh-CN"),
    ("a picture first", "", "請問有貨嗎", "zh-TW"),
    ("pictures alone", "", "", ""),
    ("the goods by their traditional name", "zh", "我想喝鳳凰單叢", "zh"),
    ("a name of three traditional characters", "zh-CN", "我叫陳麗雲", "zh-CN"),
    ("more than a name", "zh", "訂單還沒到", "zh-TW"),
    ("the goods, a simplified word beside them", "zh", "鳳凰單叢茶、東方美人茶有货嗎", "zh"),
    ("one simplified word", "zh-TW", "退货", "zh"),
    ("English in a Chinese conversation", "zh-TW", "Is it in stock?", "zh-TW"),
    ("Chinese in an English one", "en", "請問有貨嗎", "en"),
]


@pytest.mark.parametrize(("label", "before", "text", "after"), NEXT, ids=[row[0] for row in NEXT])
def test_what_comes_next(label: str, before: str, text: str, after: str) -> None:
    """The newest words that tell a script decide; the language is that of the first."""
    assert still_in(before, text) == after
