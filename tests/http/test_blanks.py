"""Words of nothing but blanks: refused where words are asked for, none where they are not."""

from typing import Any

import pytest

from tests.http.conftest import Answer
from tests.http.test_desk import working

BLANK = " \t\n"
DUE = {"within": "24h"}
NEW = {"login": "new", "role": "agent", "name": BLANK}


async def sent(desk, who: str, what: str, body: dict[str, Any]) -> Answer:
    """What comes of a request about somebody who wrote."""
    where = await desk.conversation("hello")
    row = await (await desk.person("sue"))("GET", f"/api/v1/conversations/{where}")
    method, path = what.format(c=where, p=row.json["contact"]["id"]).split()
    visit = await desk.person(who)
    answer: Answer = await visit(method, f"/api/v1/{path}", body)
    return answer


REFUSED = [
    ("a reply", "sue", "POST conversations/{c}/reply", {"text": BLANK}, "empty"),
    ("a note", "sue", "POST conversations/{c}/notes", {"text": BLANK}, "empty"),
    ("a note of nothing", "sue", "POST conversations/{c}/notes", {"text": ""}, "empty"),
    (
        "a token",
        "ada",
        "POST tokens",
        {"name": BLANK, "scopes": ["conversation:read:all"]},
        "invalid_value",
    ),
    ("an attribute", "sue", "PATCH contacts/{p}", {"attributes": {BLANK: "x"}}, "invalid_value"),
]


@pytest.mark.parametrize(
    ("who", "what", "body", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
async def test_blanks_are_refused(desk, who, what, body, code) -> None:
    """What has to have words is refused without, and says that it is empty."""
    answer = await sent(desk, who, what, body)
    assert (answer.status, answer.code) == (422, code)


OPTIONAL = [
    ("a contact", "sue", "PATCH contacts/{p}", {"name": BLANK}, "name", ""),
    ("a promise", "sue", "POST conversations/{c}/promises", {"text": BLANK, **DUE}, "text", ""),
    ("a user", "ada", "POST users", NEW, "user.name", "new"),
]


@pytest.mark.parametrize(
    ("who", "what", "body", "field", "kept"),
    [r[1:] for r in OPTIONAL],
    ids=[r[0] for r in OPTIONAL],
)
async def test_blanks_are_no_words(desk, who, what, body, field, kept) -> None:
    """What may go without words is kept without."""
    answer = await sent(desk, who, what, body)
    assert answer.status in (200, 201), answer.body
    found = answer.json
    for part in field.split("."):
        found = found[part]
    assert found == kept


async def test_a_transfer_with_a_blank_note(desk) -> None:
    """It is passed on, and no note stands on the timeline."""
    emma, where = await working(desk), await desk.conversation("hello")
    path = f"/api/v1/conversations/{where}"
    taken = await emma("POST", f"{path}/take")
    assert taken.status == 200, taken.body
    passed = await emma("POST", f"{path}/transfer", {"to": "queue:other", "note": BLANK})
    assert passed.status == 200, passed.body
    items = (await (await desk.person("sue"))("GET", f"{path}/timeline")).json["items"]
    assert [item for item in items if item["type"] == "note"] == []
