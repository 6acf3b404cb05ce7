"""Courtesy: what is found, where, when it is silent, and how well on the labelled sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates import Catalog, render
from templates.courtesy import Context, Level, check
from templates.courtesy.check import MAX_TEXT
from tests.unit.templates.courtesy_set import TRAP, sentences, tallies

LEAST_PRECISION = 0.95
LEAST_RECALL = 0.85

CASES = [
    ("full width is seen", "zh-CN", "请拨１３８００１３８０００。", {}, "personal_phone", "１３８００１３８０００"),
    ("blanks hide nothing", "zh-CN", "你 真 是 傻　逼 啊", {}, "abuse", "傻　逼"),
    ("stars hide nothing", "zh-CN", "是个智*障", {}, "abuse", "智*障"),
    ("invisible characters hide nothing", "zh-CN", "傻\u200b逼", {}, "abuse", "傻\u200b逼"),
    ("traditional characters", "zh-TW", "這不歸我管。", {}, "brush_off", "不歸我管"),
    ("traditional and spaced out", "zh-TW", "你 自 己 看 說 明 書 吧", {}, "brush_off", "你 自 己 看 說 明 書"),
    ("a name in the other script is the same", "zh-CN", "您好，陈先生，请稍候", {"customer_name": "林建華"}, "wrong_name", "陈"),
    ("a blank before a letter hides nothing", "zh-CN", "你就是个傻 X。", {}, "abuse", "傻 X"),
    ("letters spelt out", "en", "what a m-o-r-o-n you are", {}, "abuse", "m-o-r-o-n"),
    ("wide letters", "en", "an ｉｄｉｏｔ", {}, "abuse", "ｉｄｉｏｔ"),
    ("a curled apostrophe", "en", "I don’t know.", {}, "brush_off", "I don’t know"),
    ("what takes more letters in half width", "en", "㍿ calm down", {}, "brush_off", "calm down"),
    ("an identity number of 15 digits", "zh-CN", "证件610104620927690号", {}, "personal_id", "610104620927690"),
    ("an x at its end", "zh-CN", "证件44040119580101000X", {}, "personal_id", "44040119580101000X"),
    ("in groups", "zh-CN", "440308 19990110 1512", {}, "personal_id", "440308 19990110 1512"),
    ("Hong Kong and Macao", "zh-CN", "810000199408230021", {}, "personal_id", "810000199408230021"),
    ("a card", "en", "card 4111-1111-1111-1111 ok", {}, "personal_card", "4111-1111-1111-1111"),
    ("a country's code", "zh-CN", "+86 138 0013 8000", {}, "personal_phone", "+86 138 0013 8000"),
    ("the name of another", "en", "Dear Mr Brown, hello.", {"customer_name": "Sarah Reed"}, "wrong_name", "Brown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "text", "context", "rule", "words"),
    [row[1:] for row in CASES],
    ids=[row[0] for row in CASES],
)
def test_a_finding_tells_its_place_in_the_text_as_given(locale, text, context, rule, words) -> None:
    """Whatever was folded for reading, start and end are characters of the text as it was given."""
    [finding] = check(text, locale, Context(**context))
    assert (finding.rule, text[finding.start : finding.end]) == (rule, words)
    assert finding.message


SILENT = [
    ("a check digit that is wrong", "zh-CN", "440308199901101513"),
    ("a day that is none", "zh-CN", "440308199902301512"),
    ("a place that is none", "zh-CN", "111111199901101512"),
    ("15 digits without a day", "zh-CN", "610104620932690"),
    ("14 digits", "zh-CN", "44030819990110"),
    ("a card wrong by Luhn", "en", "4111 1111 1111 1112"),
    ("a long run of digits", "zh-CN", "1" * 500),
    ("an order's number", "zh-CN", "订单号：13800138000"),
    ("a desk's line", "zh-CN", "请拨400-820-8820"),
    ("two of a cloth", "zh-CN", "窗纱 X 2 件"),
]


@pytest.mark.parametrize(
    ("locale", "text"), [row[1:] for row in SILENT], ids=[row[0] for row in SILENT]
)
def test_a_number_that_is_no_persons_is_let_through(locale, text) -> None:
    """Personal data are known by their rule, not by their length."""
    assert check(text, locale) == []


OTHERS = [
    ("a quotation that is told of", "zh-CN", "您说师傅让您“等着吧”，这确实不应该。", set()),
    ("a quotation that is called one", "zh-CN", "“爱买不买”这样的话不该出现。", set()),
    ("what a colleague said", "zh-CN", "之前的同事说不归我管，是他不对。", set()),
    ("what we never say", "zh-CN", "我们绝不会让您自己去问厂家。", set()),
    ("a title", "zh-CN", "《白痴》和《傻子》都有货。", set()),
    ("what a colleague talks into", "zh-CN", "客服告诉您加我私人微信转账。", {"sensitive"}),
    ("what a colleague would hide", "zh-CN", "同事说不要告诉客户。", {"internal"}),
    ("what we say ourselves", "zh-CN", "我都跟您说了“等着吧”。", {"brush_off"}),
    ("what the reader is called", "zh-CN", "你这个“白痴”。", {"abuse"}),
    ("what all others have not said", "zh-CN", "其他人都没说什么，就您有意见。", {"blame"}),
    ("what we have to do with, by the customer's words", "zh-CN", "您说的这些跟我们没关系。", {"brush_off"}),
    ("a quotation that is told of", "en", 'You wrote that the driver shouted "calm down".', set()),
    ("a quotation of which something is said", "en", '"Deal with it" is no answer.', set()),
    ("what a colleague said", "en", "My colleague told you to calm down; that was wrong.", set()),
    ("what we would never say", "en", "We would never say that it is your fault.", set()),
    ("what a manager talks into", "en", "Our manager says delete your review for a voucher.", {"sensitive"}),
    ("a title", "en", "The film Dumb and Dumber is back.", set()),
    ("a name", "en", "Mr Dumb's order has left.", set()),
    ("a thing", "en", "The idiot-proof clip is flame retardant.", set()),
    ("what we say ourselves", "en", 'I already told you "calm down".', {"brush_off"}),
    ("what the reader is called", "en", 'You are such an "idiot".', {"abuse"}),
    ("what is said behind a title", "en", "The film is back, idiot.", {"abuse"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "text", "rules"),
    [row[1:] for row in OTHERS],
    ids=[f"{row[1]}: {row[0]}" for row in OTHERS],
)
def test_what_others_said_titles_and_names_are_not_rude(locale, text, rules) -> None:
    """Who tells of a rude word, or names a thing by it, is not rude; who says it is, in quotes too."""
    assert {finding.rule for finding in check(text, locale)} == rules


def test_a_text_in_traditional_characters_lacks_nothing() -> None:
    """What a letter must say is said; a name that the customer writes in the other script is theirs."""
    text = "您好，林先生：很抱歉讓您久等了，我們會在 24 小時內回覆您。謝謝您的來信，敬祝順心。"
    moment = Context(
        first_contact=True, complaint=True, late=True, channel="email",
        customer_name="林建华", customer_language="zh-TW",
    )  # fmt: skip
    assert check(text, "zh-TW", moment) == []
    lacking = {finding.rule for finding in check("訂單已出貨。", "zh-TW", moment)}
    assert lacking >= {"greeting", "thanks", "empathy", "apology", "closing"}


def test_what_depends_on_the_moment_is_silent_without_it() -> None:
    """Nothing is missed in a text of which only the words are known."""
    assert check("您的订单已发货，发票请见附件。", "zh-CN") == []
    moment = Context(first_contact=True, complaint=True, late=True, attachments=0)
    found = {finding.rule for finding in check("发票请见附件。", "zh-CN", moment)}
    assert found == {"greeting", "empathy", "apology", "next_step", "attachment"}


@pytest.mark.parametrize(
    ("audience", "levels"),
    [
        ("", {"personal_card": Level.WARN, "personal_phone": Level.WARN}),
        ("customer", {"personal_card": Level.BLOCK}),
        ("public", {"personal_card": Level.BLOCK, "personal_phone": Level.BLOCK}),
        ("internal", {}),
    ],
)
def test_personal_data_matter_by_who_reads_them(audience, levels) -> None:
    """A customer may read a telephone number; nobody a whole card; a colleague what is on file."""
    found = check("4111111111111111, 13800138000", "en", Context(audience=audience))
    assert {finding.rule: finding.level for finding in found} == levels


def test_a_note_to_colleagues_may_say_what_a_customer_must_not_read() -> None:
    """Among colleagues only abuse is remarked upon."""
    note = "内部备注：客户手机13800138000，是个傻逼"
    found = check(note, "zh-CN", Context(audience="internal"))
    assert [finding.rule for finding in found] == ["abuse"]


def test_a_text_without_end_is_refused() -> None:
    """A check ends; what nobody types is not read."""
    with pytest.raises(ValueError, match="longer than"):
        check("a" * (MAX_TEXT + 1), "en")


@given(st.text(), st.sampled_from(["zh-CN", "en"]))
def test_any_text_can_be_checked(text, locale) -> None:
    """Every finding of any text lies within it, and is found again."""
    found = check(text, locale, Context(customer_language="en", customer_name="Lin", late=True))
    assert all(0 <= finding.start <= finding.end <= len(text) for finding in found)
    assert found == check(text, locale, Context(customer_language="en", customer_name="Lin", late=True))  # fmt: skip


def test_the_labelled_sentences_are_many_and_half_of_them_traps() -> None:
    """A set on which it is easy to shine measures nothing."""
    rows = sentences()
    traps = [row for row in rows if row.rule == TRAP]
    assert len(rows) >= 400
    assert 0.45 <= len(traps) / len(rows) <= 0.55
    assert len({(row.locale, row.text, str(row.context)) for row in rows}) == len(rows)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_what_is_found_is_there_and_what_is_there_is_found(locale) -> None:
    """Precision matters more than recall; both have a floor."""
    whole = tallies([row for row in sentences() if row.locale == locale])[""]
    assert whole.precision >= LEAST_PRECISION
    assert whole.recall >= LEAST_RECALL


CATALOG = Catalog.load()
WORDINGS = [
    (name, wording, channel)
    for name in CATALOG.names()
    for wording in CATALOG.get(name).wordings.values()
    for channel in wording.variants
]


@pytest.mark.parametrize(
    ("name", "wording", "channel"), WORDINGS, ids=[f"{n}-{w.locale}-{c}" for n, w, c in WORDINGS]
)
def test_our_own_templates_are_courteous(name, wording, channel) -> None:
    """What we ship is checked like what an agent types."""
    values = {variable.name: variable.example for variable in wording.variables}
    text = render(CATALOG, name, locale=wording.locale, channel=channel, values=values)
    context = Context(
        audience="customer",
        channel=channel,
        customer_language=wording.locale,
        first_contact=name == "greeting" and not channel.endswith("_subject"),
        customer_name=str(values.get("customer_name", "")),
    )
    assert check(text, wording.locale, context) == []
