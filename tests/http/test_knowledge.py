"""Articles through the agents' doors: found, read, and what none of them answers."""

from pathlib import Path

import pytest

from gateway.domain.question import Outcome
from gateway.verbs.question import NoteQuestion
from tests.http.conftest import CONFIG, ENGINES, open_desk, stored

PATH = "/api/v1/knowledge"
REPORT = "/api/v1/reports/questions"
ARTICLES = {
    "en/shipping_fee.md": (
        """title: Shipping fee
category: order
automatic: true
questions: [What is the shipping fee, How much is shipping]""",
        "**Free** from 99 yuan, else 10 yuan.",
    ),
    "zh-CN/shipping_fee.md": (
        """title: 运费说明
category: order
automatic: true
questions: [运费多少]
link: https://shop.example/fee""",
        "满 99 元包邮，其余 10 元。",
    ),
}


def lay(folder: Path) -> None:
    for name, (front, text) in ARTICLES.items():
        file = folder / "knowledge" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\n{front}\n---\n{text}\n")


@pytest.fixture(params=ENGINES, name="both")
async def _both(tmp_path, request):
    """A desk with articles on either engine."""
    lay(tmp_path / "config")
    async with open_desk(tmp_path, config=stored(CONFIG, request)) as opened:
        yield opened


async def test_an_article_is_found_and_read(both) -> None:
    """In the words of the question's language, or of a locale that is asked for."""
    emma = await both.person("emma")
    (found,) = (await emma("GET", f"{PATH}?q=运费多少")).json["items"]
    assert found == {
        "id": "shipping_fee", "locale": "zh-CN", "locales": ["en", "zh-CN"], "title": "运费说明",
        "category": "order", "automatic": True, "link": "https://shop.example/fee",
        "text": "满 99 元包邮，其余 10 元。", "plain": "满 99 元包邮，其余 10 元。",
        "certain_percent": 100,
    }  # fmt: skip
    (english,) = (await emma("GET", f"{PATH}?q=shipping fee&locale=en-GB")).json["items"]
    assert (english["locale"], english["plain"]) == ("en", "Free from 99 yuan, else 10 yuan.")
    assert (await emma("GET", f"{PATH}?q=gift")).json == {"items": []}
    (listed,) = (await emma("GET", PATH)).json["items"]
    assert (listed["title"], listed["certain_percent"]) == ("Shipping fee", 0)
    read = await emma("GET", f"{PATH}/shipping_fee?locale=zh-TW")
    assert (read.status, read.json["title"]) == (200, "运费说明")


HOSTILE = [
    (f"{PATH}?q={'x' * 401}", 400),
    (f"{PATH}?limit=0", 400),
    (f"{PATH}?limit=51", 400),
    (f"{PATH}?locale={'x' * 36}", 400),
    (f"{PATH}?other=1", 400),
    (f"{PATH}/nosuch", 404),
    (f"{PATH}/..%2F..%2Fetc%2Fpasswd", 404),
    (f"{PATH}/shipping_fee%2F", 404),
    (f"{PATH}?q=((((%E2%80%AE", 200),
    (f"{PATH}?q=x&locale=no-such-locale", 200),
]


@pytest.mark.parametrize(("path", "status"), HOSTILE)
async def test_odd_questions(both_once, path: str, status: int) -> None:
    """Refused by name, or nothing is found; never a fault of ours."""
    emma = await both_once.person("emma")
    assert (await emma("GET", path)).status == status


@pytest.fixture(name="both_once")
async def _once(tmp_path):
    lay(tmp_path / "config")
    async with open_desk(tmp_path) as opened:
        yield opened


async def note(desk, outcome: Outcome, words: str, key: str) -> str:
    """A customer asks, and it is noted what came of it."""
    conversation = await desk.conversation(words, f"+49{key[1:]}")
    await desk.parley.store.submit(
        NoteQuestion(desk="test", conversation=conversation, outcome=outcome)
    )
    return conversation


async def test_what_nothing_answered(both) -> None:
    """Alike questions together, the newest of them told, without what belongs to a person."""
    for n, words in enumerate(
        ("礼盒包装有吗", "有没有礼盒包装", "Do you ship to Brazil? a.b@mail.example")
    ):
        await note(both, Outcome.UNSURE, words, f"q{n}")
    await note(both, Outcome.UNSURE, "运费多少", "q8")  # an article answers it by now
    await note(both, Outcome.ANSWERED, "How much is shipping", "q9")
    await both.receive("q0-again", "在吗", "+490")  # more is said; the question was the first
    sue, olga = await both.person("sue"), await both.person("olga")
    told = (await sue("GET", REPORT)).json
    assert (told["asked"], told["answered"]) == (5, 1)
    assert [(row["count"], row["text"]) for row in told["items"]] == [
        (2, "有没有礼盒包装"), (1, "Do you ship to Brazil? ···"),
    ]  # fmt: skip
    assert all(row["conversation"] for row in told["items"])
    hidden = (await olga("GET", REPORT)).json["items"]
    assert [row["conversation"] for row in hidden] == [None, None]
    assert (await (await both.person("emma"))("GET", REPORT)).status == 403
    assert (await sue("GET", f"{REPORT}?from=soon")).status == 400
