"""Articles: what may be written, which of them a question finds, and how surely one answers it."""

import re
from itertools import pairwise

import pytest

from routing.classify import CATEGORIES
from templates.knowledge import Article, Shelf, is_question, plain
from templates.knowledge.grams import stem, weighted
from tests.unit.templates.question_set import TRAP, questions, shelf, tallies

FRONT = "---\ntitle: Refunds\ncategory: after_sales\n"

FAULTS = [
    ("no front matter", "Soon.", ":1: has no front matter"),
    ("no YAML", "---\ntitle: [\n---\nSoon.", ":1: the front matter cannot be read"),
    ("lists in lists", "---\ntitle: " + "[" * 2_000 + "\n---\nSoon.", ":1: the front matter cannot"),
    ("no category", "---\ntitle: a\n---\nSoon.", "Object missing required field `category`"),
    ("an unknown key", FRONT + "auto: true\n---\nSoon.", "unknown field `auto`"),
    ("no such category", "---\ntitle: a\ncategory: refunds\n---\nSoon.", ":3: there is no category 'refunds'"),
    ("an empty title", "---\ncategory: order\ntitle: ' '\n---\nSoon.", ":3: the title has 1 to 100"),
    ("no words", FRONT + "---\n\n", ":6: says nothing; write the answer"),
    ("a question of nothing", FRONT + "questions: ['']\n---\nSoon.", ":4: one of the questions is empty"),
    ("a question without end", FRONT + f"questions: ['{'x' * 201}']\n---\nSoon.", ":4: one of the questions is"),
    ("too many questions", FRONT + f"questions: {['x'] * 51}\n---\nSoon.", ":4: asks in more than 50 ways"),
    ("asked by nobody", FRONT + "automatic: true\n---\nSoon.", ":4: answers by itself what nobody"),
    ("long, by itself", FRONT + "automatic: true\nquestions: [When]\n---\n" + "x" * 501, ":7: says 501 characters by itself"),
    ("longer than anybody reads", FRONT + "---\n" + "x" * 8_001, ":5: is longer than 8000 characters"),
    ("a link to script", FRONT + "link: javascript:x()\n---\nSoon.", ":4: is no address that begins with https://"),
    ("a link without a lock", FRONT + "link: http://a.example\n---\nSoon.", ":4: is no address"),
    ("script", FRONT + "---\nSoon.\n\n<script>alert(1)</script>", ":7: holds markup"),
    ("a direction turned", FRONT + "---\nSoon \u202eevil", ":5: holds the invisible character U+202E"),
    ("a direction turned in a question", FRONT + "questions: ['a\\u202eb']\n---\nSoon.".replace("'", '"'), ":4: holds the invisible"),
]  # fmt: skip


@pytest.mark.parametrize(("_label", "text", "told"), FAULTS, ids=[row[0] for row in FAULTS])
def test_what_may_not_be_written(tmp_path, _label: str, text: str, told: str) -> None:
    """It is told with its line, and the article is left out while the others stand."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "bad.md").write_text(text)
    (tmp_path / "en" / "good.md").write_text(FRONT + "---\nSoon.")
    there, slips = Shelf.examined(tmp_path, CATEGORIES)
    assert any(told in str(slip) for slip in slips), slips
    assert (there.get("bad", "en"), len(there)) == (None, 1)


def test_every_fault_is_told_at_once(tmp_path) -> None:
    """Of all files, and of each all that is wrong with it."""
    for place in ("en", "xx", "zh_cn"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "Bad-Name.md").write_text("---\ntitle: ''\ncategory: x\n---\n")
    (tmp_path / "stray.md").write_text("lost")
    (tmp_path / "en" / "picture.png").write_bytes(b"\x89")
    told = "\n".join(map(str, Shelf.examined(tmp_path, CATEGORIES)[1]))
    for what in ("is no name", "the title has", "no category", "says nothing", "which is no locale",
                 "name the folder zh-CN", "lies in no locale", "is no article"):  # fmt: skip
        assert what in told, what
    assert told.count("is no name") == 3


def test_a_folder_that_is_not_there_is_empty(tmp_path) -> None:
    """A desk need not have articles; asking it finds nothing."""
    there, slips = Shelf.examined(tmp_path / "none", CATEGORIES)
    assert (slips, len(there), there.search("退款"), there.answer("退款", "zh-CN")) == (
        [],
        0,
        [],
        None,
    )


PLAIN = [
    ("## Refunds\n\nSoon.", "Refunds\n\nSoon."),
    ("**Within 7 days** and __unused__", "Within 7 days and unused"),
    ("see [the page](https://a.example/x)", "see the page (https://a.example/x)"),
    ("see [https://a.example](https://a.example)", "see https://a.example"),
    ("* one\n* two", "- one\n- two"),
    ("2 * 3 * 4 and a_b_c", "2 * 3 * 4 and a_b_c"),
    ("1. one\n2. two", "1. one\n2. two"),
]


@pytest.mark.parametrize(("markdown", "words"), PLAIN)
def test_marks_are_taken_off(markdown: str, words: str) -> None:
    """What goes into a message is what is read there."""
    assert plain(markdown) == words


def test_politeness_is_no_question() -> None:
    """Who says hello, or nothing at all, has asked nothing yet."""
    for said in (
        "",
        "您好",
        "你好，在吗？",
        "Hello",
        "hi there, please",
        "!!!",
        "😀",
        "https://a.example",
    ):
        assert not is_question(said), said
    assert is_question("退款")
    assert is_question("Refund?")


def test_words_of_one_stem_are_one() -> None:
    """Crude, but the same on both sides; short words stay whole."""
    for words in ("deliver delivery delivered deliveries", "refund refunds refunded",
                  "exchange exchanging exchanged", "address addresses"):  # fmt: skip
        assert len({stem(word) for word in words.split()}) == 1, words
    assert stem("pay") == "pay"
    assert weighted("ＲＥＦＵＮＤ") == weighted("refund")


def article(name: str, title: str, *asked: str, locale: str = "en") -> Article:
    return Article(
        id=name, locale=locale, title=title, category="order", questions=asked, text=title
    )


def test_a_reader_is_shown_their_own_words() -> None:
    """An article once, in the nearest wording; another language only where there is no other."""
    there = Shelf((
        article("fee", "运费说明", "运费多少", locale="zh-CN"),
        article("fee", "運費說明", "運費多少", locale="zh-TW"),
        article("fee", "Shipping fee", "What is the shipping fee"),
        article("gift", "Gift wrapping", "Do you wrap gifts"),
    ))  # fmt: skip
    for locale, title in (
        ("zh-TW", "運費說明"),
        ("zh-HK", "運費說明"),
        ("zh", "运费说明"),
        ("fr", "Shipping fee"),
    ):
        found = there.get("fee", locale)
        assert found is not None, locale
        assert found.title == title, locale
    assert [each.article.locale for each in there.search("运费", "zh-CN")] == ["zh-CN"]
    assert [each.article.id for each in there.search("gifts", "zh-CN")] == ["gift"]
    assert [each.article.locale for each in there.search("运费 fee")] == ["zh-CN"]
    assert [each.article.locale for each in there.search("運費多少", "zh-CN")] == ["zh-CN"]
    assert there.locales("fee") == ("en", "zh-CN", "zh-TW")


def test_both_scripts_ask_the_same() -> None:
    """A question in traditional characters finds an article that is written in simplified ones."""
    there = Shelf((
        article("fee", "运费说明", "运费多少钱", locale="zh-CN"),
        article("refund", "退款到账时间", "退款多久到账", locale="zh-CN"),
    ))  # fmt: skip
    found = there.answer("請問退款多久到賬？", "zh-TW")
    assert found is not None
    assert (found.article.id, found.certain_percent) == ("refund", 100)


def test_who_asks_in_an_articles_own_words_is_answered() -> None:
    """Though none of them stands in most of its questions: it was written for this one too."""
    there = Shelf((
        article("hours", "Staff hours", "Staff hours today", "Are staff in", "When do you close"),
        article("fee", "Shipping fee", "What is the shipping fee"),
    ))  # fmt: skip
    own, near = (there.answer(asked, "en") for asked in ("When do you close?", "Close the account"))
    assert own is not None
    assert (own.article.id, own.certain_percent) == ("hours", 100)
    assert near is not None
    assert near.certain_percent == 0


def test_another_script_makes_no_word_commoner() -> None:
    """An article that is worded in both is one: nobody's question is less sure, or found worse."""
    fee = article("fee", "运费说明", "运费多少钱", "运费怎么算", locale="zh-CN")
    refund = article("refund", "退款到账时间", "退款多久到账", "退款什么时候到", locale="zh-CN")
    english = article("fee", "Shipping fee", "What is the shipping fee")
    both = article("fee", "運費說明", "運費多少錢", "運費怎麼算", locale="zh-TW")
    alone, beside = Shelf((fee, refund, english)), Shelf((fee, refund, english, both))
    for asked in ("运费贵吗", "寄到上海运费多少", "退款多久", "shipping"):
        for one, other in zip(alone.search(asked), beside.search(asked), strict=True):
            assert one.article.id == other.article.id, asked
            assert one.certain_percent == other.certain_percent, asked


def test_what_two_articles_answer_is_answered_by_none() -> None:
    """Not surely: a person asks back which of them is meant."""
    asked = "When does my order arrive"
    there = Shelf((article("here", "Delivery here", asked), article("abroad", "Abroad", asked)))
    found = there.answer(asked, "en")
    assert found is not None
    assert found.certain_percent == 0
    alone = Shelf((article("here", "Delivery here", asked),)).answer(asked, "en")
    assert alone is not None
    assert alone.certain_percent == 100


def test_the_same_question_finds_the_same() -> None:
    """Whatever the order in which the files were read; equals stand by their place."""
    there = shelf()
    for row in questions():
        one, again = (
            there.search(row.text, row.locale),
            shelf_of_again().search(row.text, row.locale),
        )
        assert [each.article.id for each in one] == [each.article.id for each in again]
        assert all(a.score >= b.score for a, b in pairwise(one))


_AGAIN = shelf()


def shelf_of_again() -> Shelf:
    return _AGAIN


HOSTILE = [
    "",
    " ",
    "\x00",
    "退" * 100_000,
    "a " * 100_000,
    "(" * 5_000,
    "1" * 5_000,
    "\u202e退款",
    "🙂" * 999,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_asked_is_answered_at_once(text: str) -> None:
    """Nothing that a customer writes is surely answered by chance, or takes long."""
    said = _AGAIN.answer(text, "zh-CN")
    assert said is None or said.certain_percent <= 100


def test_a_question_with_much_beside_it_is_no_sure_one() -> None:
    """Who says the words of an article and half a story of their own is left to people."""
    sure = _AGAIN.answer("退款多久到账", "zh-CN")
    story = _AGAIN.answer("退款多久到账我上周退的那双鞋仓库说已经签收可是页面还是待处理", "zh-CN")
    assert sure is not None
    assert sure.certain_percent == 100
    assert story is not None
    assert story.certain_percent < 60


def test_what_everybody_asks_says_little() -> None:
    """Two questions that share only the words of all others are not alike."""
    verbs = ("return", "exchange", "cancel", "track")
    there = Shelf(article(verb, verb, f"How long until items {verb}") for verb in verbs)
    said = there.answer("How long until items gift", "en")
    assert said is not None
    assert said.certain_percent < 75


FIRST = [
    ("zh-CN", "几天内可以退货", "return_7_days"),
    ("zh-CN", "退货期限是多久", "return_7_days"),
    ("zh-CN", "退货期限是几天？", "return_7_days"),
    ("zh-CN", "退款几天到账", "refund_timing"),
    ("zh-CN", "你们几点下班？", "opening_hours"),
    ("en", "How do points work?", "member_points"),
    ("en", "How many days do I have to return it?", "return_7_days"),
    ("zh-TW", "請問可以開發票嗎？", "invoice"),
    ("zh-TW", "退貨期限是幾天", "return_7_days"),
    ("zh-TW", "紅利積分怎麼用", "member_points"),
    ("zh-TW", "宅配要幾天", "delivery_times"),
]


@pytest.mark.parametrize(("locale", "asked", "name"), FIRST)
def test_what_the_demo_is_asked_is_found_first(locale: str, asked: str, name: str) -> None:
    """In the words of who asks."""
    found = _AGAIN.search(asked, locale)[0].article
    assert (found.id, found.locale) == (name, locale)


def test_the_demos_articles_answer_the_questions_they_were_written_for() -> None:
    """Every one of them, in every locale, and surely."""
    for each in _AGAIN.articles:
        for asked in each.questions:
            said = _AGAIN.answer(asked, each.locale)
            assert said is not None, asked
            assert (said.article, said.certain_percent) == (each, 100), asked


_FIGURE = re.compile(r"\d[\d:]*%?")


def test_the_demos_articles_say_the_same_in_every_locale() -> None:
    """All of them are in both scripts, with the same figures; each in its own characters."""
    locales = ("en", "zh-CN", "zh-TW")
    named = {
        name: {one.id: one for one in _AGAIN.articles if one.locale == name} for name in locales
    }
    assert named["en"].keys() == named["zh-CN"].keys() == named["zh-TW"].keys()
    for name, ours in named["zh-TW"].items():
        theirs = named["zh-CN"][name]
        assert _FIGURE.findall(ours.text) == _FIGURE.findall(theirs.text), name
        kinds = ((one.category, one.automatic, one.link) for one in (ours, theirs))
        assert len(set(kinds)) == 1, name
        whole = "".join((ours.title, *ours.questions, *ours.keywords, ours.text))
        strange = [each for each in whole if each > "\u3400" and not each.encode("big5", "ignore")]
        assert not strange, name


def test_the_labelled_questions() -> None:
    """At least 120, half of them traps; found, and answered by itself only where that is right."""
    rows, table = questions(), tallies()
    assert len(rows) >= 120
    assert sum(row.article == TRAP for row in rows) * 2 >= len(rows)
    assert len({row.text for row in rows}) == len(rows)
    whole, unseen = table["all"], table["unseen"]
    assert whole.top >= 0.9
    assert whole.precision >= 0.973
    assert whole.recall >= 0.4
    assert unseen.precision >= 0.9
