"""Reports over the API: what a supervisor sees of a day, and what cannot be asked."""

import pytest

from tests.http.test_desk import offer_of, working

URL = "/api/v1/reports/response"


async def test_a_day_of_one_conversation(desk) -> None:
    """Answered by emma, resolved by emma: a first response and a resolution of hers."""
    emma = await working(desk)
    conversation = await desk.conversation("Where is my order?")
    await emma("POST", f"/api/v1/offers/{await offer_of(desk, emma, conversation)}/accept")
    await emma("POST", f"/api/v1/conversations/{conversation}/reply", {"text": "On its way."})
    await desk.until(lambda: desk.hook.sent)
    sue = await desk.person("sue")

    async def answered() -> bool:
        rows = (await sue("GET", f"{URL}?by=agent")).json["items"]
        return [(r["metric"], r["count"]) for r in rows] == [("first_response", 1)]

    await desk.until(answered)
    await emma("POST", f"/api/v1/conversations/{conversation}/resolve")

    async def resolved() -> bool:
        return len((await sue("GET", f"{URL}?by=agent,queue")).json["items"]) == 4

    await desk.until(resolved)
    report = (await sue("GET", f"{URL}?by=agent,queue")).json
    assert {row["group"]["agent"] for row in report["items"]} == {"emma"}
    assert [row["metric"] for row in report["items"]] == [
        "first_response",
        "first_resolution",
        "total_resolution",
        "active_resolution",
    ]
    assert all(row["p50_ms"] == row["max_ms"] >= 0 for row in report["items"])
    assert report["from"] < report["to"]
    assert report["shares"] == []


@pytest.mark.parametrize(
    ("label", "query", "words"),
    [
        ("a grouping", "by=mood", "by: write some of queue"),
        ("an instant", "from=yesterday", "write it as 2026-01-02T09:00:00Z"),
        ("an instant before all", "from=0001-01-01T00:00:00%2B14:00", "is no time; write it as"),
        ("a zone", "zone=Moon", "'Moon' is no time zone"),
    ],
)
async def test_what_cannot_be_asked(desk, label, query, words) -> None:
    """A problem that says what to write."""
    sue = await desk.person("sue")
    answer = await sue("GET", f"{URL}?{query}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_query"), label
    assert words in answer.json["detail"]
