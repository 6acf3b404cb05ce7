"""How a customer is addressed, and what is wished on the day: nothing is guessed."""

from datetime import date

import pytest

from gateway.domain.clock import parse_rfc3339
from templates import BadValue, Catalog, render
from templates.festivals import Festival, festival_on, wish
from templates.persons import UnknownTitle, addressed, is_a_persons

CATALOG = Catalog.load()

NAMES = [
    "林晓", "王小明", "欧阳娜娜", "歐陽靖", "陳怡君", "林女士", "陳小姐", "张老师", "司马先生",
    "Sarah Reed", "Ms Reed", "Dr. Weber", "O'Brien", "Jean-Luc Picard", "J. R. Smith", "María José",
    "Ludwig van Beethoven", "Иван Петров", "김철수", "ヤマダ", "Lin",
]  # fmt: skip
NICKNAMES = [
    "", "小红帽", "小红帽🎀", "王者归来", "momo", "user_123", "13800138000", "+49 30 901820",
    "a@b.example", "客户", "访客", "微信用户", "Guest", "Customer Service", "Dawn Shop", "Acme Ltd",
    "Mr Customer", "全国包邮", "A1", "Lin  Reed", "x" * 50, "Reed!", "<b>Lin</b>", "李", "sunshine",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_persons_name_is_greeted(name) -> None:
    """A name of a person stands in the greeting as it was given."""
    assert is_a_persons(name)
    assert {addressed(name, manner) for manner in ("zh-CN", "zh-TW", "en", "")} == {name}


@pytest.mark.parametrize("name", NICKNAMES)
def test_what_is_no_persons_name_is_not_greeted(name) -> None:
    """A nickname, an account, a number or a company is no name; the greeting goes without it."""
    assert addressed(name, "zh-CN") == ""
    assert addressed(name, "en", "ms") == ""


TITLES = [
    ("林晓", "ms", "林晓女士", "林晓女士", "Ms 林晓"),
    ("林晓", "先生", "林晓先生", "林晓先生", "Mr 林晓"),
    ("林晓", "Dr.", "林晓博士", "林晓博士", "Dr 林晓"),
    ("林晓", "doctor", "林晓医生", "林晓醫師", "Dr 林晓"),
    ("Alex Reed", "Mx", "Alex Reed", "Alex Reed", "Mx Alex Reed"),
    ("Alex Reed", "teacher", "Alex Reed老师", "Alex Reed老師", "Alex Reed"),
    ("Ms Reed", "mr", "Ms Reed", "Ms Reed", "Ms Reed"),
    ("林女士", "先生", "林女士", "林女士", "林女士"),
    ("Alex Reed", "", "Alex Reed", "Alex Reed", "Alex Reed"),
]


@pytest.mark.parametrize(("name", "title", "cn", "tw", "en"), TITLES)
def test_a_title_is_stated_and_never_guessed(name, title, cn, tw, en) -> None:
    """女士, 先生 and their like stand only where somebody said so; a name that has one keeps it."""
    assert [addressed(name, manner, title) for manner in ("zh-CN", "zh-TW", "en")] == [cn, tw, en]


def test_an_unknown_title_is_refused() -> None:
    """What nobody is called by is told, with what there is."""
    with pytest.raises(UnknownTitle, match="has the title 'Duke', which is none of ms, mrs"):
        addressed("Alex Reed", "en", "Duke")


def greeted(customer, locale="zh-CN", at="2026-11-21T10:00:00+08:00", channel="webchat") -> str:
    """The first words to this customer."""
    values = {"desk_name": "晨光", "customer_name": customer}
    at_ms = parse_rfc3339(at)
    return render(
        CATALOG, "greeting", locale=locale, channel=channel, values=values,
        timezone="Asia/Shanghai", at=at_ms,
    )  # fmt: skip


def test_a_template_is_told_the_name_and_the_title() -> None:
    """The value is a name, or a name with the title that was stated."""
    assert greeted("林晓").startswith("林晓，您好，")
    assert greeted({"name": "林晓", "title": "ms"}).startswith("林晓女士，您好，")
    assert greeted({"name": "Alex Reed", "title": ""}, "en").startswith("Hello Alex Reed, ")
    assert greeted("小红帽🎀").startswith("亲，您好，")
    assert greeted("user_123", "zh-TW").startswith("您好，")
    assert greeted("user_123", "en", channel="email").startswith("Dear customer,")
    for odd in ({"name": "Lin", "sex": "f"}, {"name": ["Lin"]}, {"name": "Lin\nx"}, {"title": 3}):
        with pytest.raises(BadValue, match="greeting: customer_name "):
            greeted(odd)


DAYS = [
    ("2026-02-16", Festival.SPRING, True, True, False),  # the eve
    ("2026-02-22", Festival.SPRING, True, True, False),
    ("2026-02-23", None, False, False, False),
    ("2026-03-03", Festival.LANTERN, True, True, False),
    ("2026-04-05", None, False, False, False),  # 清明 is a day of mourning
    ("2026-06-19", Festival.DRAGON_BOAT, True, True, False),
    ("2026-09-25", Festival.MID_AUTUMN, True, True, False),
    ("2026-10-01", Festival.NATIONAL_DAY, True, False, False),
    ("2020-10-01", Festival.MID_AUTUMN, True, True, False),  # both at once
    ("2026-10-02", None, False, False, False),
    ("2026-12-25", Festival.CHRISTMAS, False, True, True),
    ("2027-01-01", Festival.NEW_YEAR, True, True, True),
    ("2027-02-06", Festival.SPRING, True, True, False),
    ("1999-06-18", None, False, False, False),  # before the days were days off
    ("2150-02-16", None, False, False, False),  # beyond what is reckoned
]


@pytest.mark.parametrize(("day", "festival", "cn", "tw", "en"), DAYS)
def test_festivals(day, festival, cn, tw, en) -> None:
    """Each day is wished by the readers whose festival it is, and in no other language."""
    on = date.fromisoformat(day)
    assert festival_on(on) == festival
    assert [bool(wish(on, manner)) for manner in ("zh-CN", "zh-TW", "en", "")] == [
        cn,
        tw,
        en,
        False,
    ]


def test_the_first_words_wish_well_on_a_festival() -> None:
    """A greeting says it, in the reader's day; words in trouble never do."""
    eve = "2026-09-24T23:30:00+08:00"
    assert "祝您中秋快乐" not in greeted("林晓", at=eve)
    day = "2026-09-25T00:30:00+08:00"
    assert "林晓，您好，祝您中秋快乐、阖家团圆，欢迎光临晨光" in greeted("林晓", at=day)
    assert "祝您中秋佳節愉快，歡迎光臨" in greeted("林曉", "zh-HK", at=day)
    assert "welcome to 晨光. Merry Christmas." in greeted(
        "Lin", "en", at="2026-12-25T09:00:00+08:00"
    )
    sorry = render(
        CATALOG, "apology", locale="zh-CN", channel="webchat", values={"desk_name": "晨光"},
        timezone="Asia/Shanghai", at=parse_rfc3339(day),
    )  # fmt: skip
    assert "中秋" not in sorry
    assert "中秋" not in render(
        CATALOG, "greeting", locale="zh-CN", channel="webchat", values={"desk_name": "晨光"}
    )
