"""What a text is about, how angry and how urgent it is; measured on sentences the model never saw."""

from pathlib import Path

import pytest

from routing.classify import CATEGORIES, Model, decoded, own_model
from routing.grams import grams
from routing.moods import anger_of, urgency_of
from routing.training import BadExamples, encoded, read, train
from tests.measure_classify import measured, pairs

HELD_OUT = Path(__file__).with_name("held_out.tsv")
EXAMPLES = Path(__file__).parents[3] / "routing" / "classify_examples"
LEAST_F1 = 0.85
LARGEST = 1 << 20

ANGER = [
    ("calm", "请问什么时候发货", 0, 0),
    ("displeased", "有点失望", 1, 1),
    ("angry", "你们服务太差，我要投诉", 2, 3),
    ("furious", "骗子！！打12315曝光你们", 3, 3),
    ("negation, zh", "我没有不满意，别生气", 0, 0),
    ("no complaint, zh", "不是投诉，只是问问", 0, 0),
    ("the word as a thing", "请问垃圾袋有货吗", 0, 0),
    ("angry, traditional", "我要投訴", 2, 2),
    ("furious, traditional", "你們是騙子！燈壞了都沒人處理，氣死我了", 3, 3),
    ("threat, traditional", "再不退款我就找消保官", 3, 3),
    ("a word of Taiwan", "客服爛透了", 2, 2),
    ("negation, traditional", "不是投訴，別生氣", 0, 0),
    ("rotten goods", "收到的蘋果爛了一個", 0, 0),
    ("displeased, en", "I am a bit disappointed", 1, 1),
    ("angry, en", "This is unacceptable", 2, 2),
    ("shouted", "THIS IS UNACCEPTABLE", 3, 3),
    ("threat, en", "I will call my lawyer", 3, 3),
    ("negation, en", "I'm not angry, just asking", 0, 0),
    ("nothing", "", 0, 0),
]
URGENCY = [
    ("none", "这个有什么颜色", 0),
    ("soon", "麻烦尽快发货", 1),
    ("today", "很急，等着用", 2),
    ("danger", "插座冒烟了", 3),
    ("taken back", "不着急，慢慢来", 0),
    ("danger, traditional", "插座冒煙了，緊急", 3),
    ("today, traditional", "很急，趕緊", 2),
    ("soon, en", "still waiting for it", 1),
    ("at once, en", "urgent, please answer", 3),
    ("taken back, en", "it's not urgent", 0),
]


def test_held_out_sentences() -> None:
    """Sentences of which no example knows are told apart with a macro-F1 of at least LEAST_F1."""
    figures = measured(own_model(), pairs(HELD_OUT))
    assert figures["macro_f1"] >= LEAST_F1, figures


@pytest.mark.parametrize(
    ("text", "least", "most"), [pytest.param(*row[1:], id=row[0]) for row in ANGER]
)
def test_anger(text: str, least: int, most: int) -> None:
    """Anger is told by words that are meant; a negation takes them back, emphasis adds."""
    assert least <= anger_of(text) <= most


@pytest.mark.parametrize(("text", "level"), [pytest.param(*row[1:], id=row[0]) for row in URGENCY])
def test_urgency(text: str, level: int) -> None:
    """Urgency is told by words that are meant."""
    assert urgency_of(text) == level


@pytest.mark.parametrize(
    "text", ["", "？？", "12345", "https://example.com/退货", "ζζζ", "\ud800", "😀"]
)
def test_other_rather_than_a_guess(text: str) -> None:
    """A text of which the model knows nothing is `other`, whatever it is made of."""
    assert own_model().classify(text).category == "other"


def test_reasons() -> None:
    """The answer names the pieces of the text that spoke for it, the strongest first."""
    found = own_model().classify("麻烦帮我开一张增值税发票")
    assert found.category == "order"
    assert any("发票" in reason.piece for reason in found.reasons)
    weights = [reason.weight for reason in found.reasons]
    assert weights == sorted(weights, reverse=True)


WORDS = [
    ("no small words", "Is the walnut lamp in stock in Hamburg?", "product", {"stock"}),
    ("no cuts of a word", "Hello, could I get an invoice for order A20261101-7777?", "order", {"invoice", "order"}),
    ("Chinese, each once", "能开发票吗？我的订单还没有收到", "order", {"发票", "订单"}),
    ("Chinese, small words alone", "有现货吗", "product", {"货"}),
    ("nothing spoke", "ζζζ", "other", set()),
    ("too little to say", "The handle of the cup I got is broken, can I have a new one?", "other", set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "category", "told"), [pytest.param(*row[1:], id=row[0]) for row in WORDS]
)
def test_reasons_are_whole_words(text: str, category: str, told: set[str]) -> None:
    """Reasons are for people: whole words of the text that say something, each once."""
    found = own_model().classify(text)
    pieces = [reason.piece for reason in found.reasons]
    assert found.category == category
    assert told <= set(pieces)
    assert bool(pieces) == bool(told)
    assert len(pieces) == len(set(pieces)) <= 5
    assert all(piece == piece.strip() and piece in text.casefold() for piece in pieces)
    assert not {"is", "the", "invo", "nvoi", "票", "开发"} & set(pieces)


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("能开发票吗？我的订单还没有收到", "能開發票嗎？我的訂單還沒有收到"),
        ("东西坏了，我要退货退款", "東西壞了，我要退貨退款"),
        ("我要投诉你们的客服", "我要投訴你們的客服"),
        ("有现货吗", "有現貨嗎"),
    ],
)
def test_traditional_characters_are_read_as_simplified(simplified: str, traditional: str) -> None:
    """With the same answer, whose reasons are the words as they were written."""
    one, other = own_model().classify(simplified), own_model().classify(traditional)
    assert (one.category, one.confidence) == (other.category, other.confidence)
    assert one.category != "other"
    assert other.reasons
    assert all(reason.piece in traditional for reason in other.reasons)
    assert [len(reason.piece) for reason in one.reasons] == [len(r.piece) for r in other.reasons]


def test_confidence_is_a_share() -> None:
    """Confidence lies between 0 and 1 for every sentence."""
    for text, _ in pairs(HELD_OUT):
        assert 0 <= own_model().classify(text).confidence <= 1


def test_a_long_text_is_cut() -> None:
    """A text of any length costs no more than its beginning."""
    assert len(grams("很长的" * 100_000)) < 100


def test_the_model_is_small() -> None:
    """The weights that come with Parley stay below a megabyte."""
    assert len(encoded(own_model())) < LARGEST


def test_enough_examples() -> None:
    """Our own examples hold at least 1,500 Chinese and 700 English sentences of all categories."""
    for name, least in (("zh", 1_500), ("en", 700)):
        found = read((EXAMPLES / f"{name}.tsv").read_text("utf-8"), name)
        assert len({text for _, text in found}) >= least
        assert {label.partition(".")[0] for label, _ in found} == set(CATEGORIES)


def test_no_held_out_sentence_is_an_example() -> None:
    """What measures does not teach."""
    taught = {
        text for file in EXAMPLES.glob("*.tsv") for _, text in read(file.read_text("utf-8"), "")
    }
    assert taught.isdisjoint(text for text, _ in pairs(HELD_OUT))


def test_patterns() -> None:
    """A pattern gives sentences with each of its words; the same file gives the same ones."""
    text = "@what\t鞋|帽子\norder.buy\t[买|要]{what}\n# remark\nother\t你好\n"
    found = read(text, "x")
    assert set(found) == {
        ("order.buy", "买鞋"),
        ("order.buy", "买帽子"),
        ("order.buy", "要鞋"),
        ("order.buy", "要帽子"),
        ("other", "你好"),
    }
    assert found == read(text, "x")


@pytest.mark.parametrize("line", ["发票", "refund\t退款", "order\t "])
def test_bad_examples_are_named(line: str) -> None:
    """A line that is no example is refused with its file and number."""
    with pytest.raises(BadExamples, match=r"mine\.tsv:2: write CATEGORY"):
        read(f"other\t你好\n{line}", "mine.tsv")


def test_training() -> None:
    """The same examples give the same bytes; what they teach is answered, with the pieces named."""
    pytest.importorskip("sklearn")
    examples = [("order.invoice", f"{x}发票") for x in "开要补寄"]
    examples += [("after_sales.return", f"{x}退货") for x in "要想能怎"]
    examples += [("other.chat", x) for x in ("你好", "谢谢你")]
    raw = encoded(train(examples, "7"))
    assert raw == encoded(train(examples, "7"))
    model: Model = decoded(raw)
    assert model.version == "7"
    assert model.classify("发票").category == "order"
    assert model.classify("退货").category == "after_sales"
