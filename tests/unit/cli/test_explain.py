"""`parley explain` and `parley corrections`: from the tables alone, beside a node or without."""

import asyncio
from pathlib import Path
from typing import Any

from gateway.domain.clock import MINUTE_MS, parse_rfc3339
from gateway.verbs.judge import Correct
from routing.training import read
from tests.unit.pipeline.desk import BOOK, opened

RULES: list[dict[str, Any]] = [
    {"name": "vip", "when": {"vip": True}, "queue": "other"},
    {"name": "parcels", "when": {"category": "order"}, "queue": "main", "priority": 7},
]
STEPPED = {
    **BOOK,
    "skills": {"post": {}},
    "queues": {
        "main": {
            "steps": [{"need": {"post": 2}}, {"after": "5m"}],
            "overflow": [{"when": "wait_ms >= 2m", "do": "callback_offer"}],
        },
        "other": {},
    },
    "agents": {"emma": {"queues": ["main"], "skills": {"post": 1}}, "lin": {"queues": ["other"]}},
    "rules": RULES,
}


async def _asked(directory: Path) -> str:
    async with opened(directory, book=STEPPED) as desk:
        await desk.asks("emma", "presence", presence="available")
        conversation = await desk.ask_in("Where is my parcel? The [tracking|number] is {gone}.")
        await desk.decide()
        for category in ("product", "after_sales"):
            await desk.store.submit(
                Correct(desk="desk", conversation=conversation, by="agent:emma", category=category)
            )
        await desk.store.submit(
            Correct(desk="desk", conversation=conversation, by="agent:emma", anger=1)
        )
        return conversation


def test_explain(parley, tmp_path: Path) -> None:
    """What it was taken for, the rules that were tried, who is passed over now, what is next."""
    conversation = asyncio.run(_asked(tmp_path))
    store = f"sqlite:///{tmp_path / 'desk.db'}"
    (card,) = parley("explain", conversation, "--database", store).lines
    judged = card["judgement"]
    assert (judged["category"], judged["rule"]) == ("order", "parcels")
    assert judged["tried"] == [
        {"rule": "vip", "failed": "vip"},
        {"rule": "parcels", "failed": ""},
    ]
    assert card["work"]["priority"] == 7
    assert card["why"]["named"] == [
        {"agent": "emma", "reason": "lacks_skill"},
        {"agent": "lin", "reason": "not_in_queue"},
    ]
    by_itself = {each["what"]: each for each in card["next"]}
    assert set(by_itself) == {
        *("first_response_warned", "first_response_due"),
        *("step_relaxes", "overflow_rules"),
    }
    asked, relaxed = by_itself["overflow_rules"], by_itself["step_relaxes"]
    assert parse_rfc3339(relaxed["at"]) - parse_rfc3339(asked["at"]) == 3 * MINUTE_MS
    assert (by_itself["step_relaxes"]["queue"], by_itself["step_relaxes"]["needs"]) == ("main", {})
    ended = parley("explain", "nothing", "--database", store)
    assert ended.status == 1
    assert "there is no conversation nothing" in ended.words


def test_corrections(parley, tmp_path: Path) -> None:
    """The last category that was said of each, with the words as they stand: nothing is a pattern."""
    asyncio.run(_asked(tmp_path))
    store = f"sqlite:///{tmp_path / 'desk.db'}"
    ended = parley("corrections", "--database", store)
    assert ended.text == "after_sales\tWhere is my parcel? The tracking|number is gone .\n"
    assert read(ended.text, "stdin") == [tuple(ended.text.rstrip("\n").split("\t"))]
