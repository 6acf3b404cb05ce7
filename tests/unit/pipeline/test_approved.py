"""Templates that a provider approved: chosen by an agent, complete, and bound by no window."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import ApprovedTemplate, KnownTemplate, SendBudget
from gateway.domain.clock import DAY_MS
from gateway.domain.outcome import Refusal
from gateway.pipeline.approved import places, worded
from gateway.verbs.message import File
from gateway.verbs.resend import Resend
from tests.unit.pipeline.desk import opened
from tests.unit.pipeline.test_quoting import shown
from tests.unit.pipeline.toy import Toy

KNOWN = (
    KnownTemplate(name="parcel", language="en", text="Dear {{1}}, {{2}} is on its way."),
    KnownTemplate(name="named", language="en", text="Dear {{ who }}, {{who}}!", header="text"),
    KnownTemplate(name="invoice", language="en", text="Here it is.", header="document"),
    KnownTemplate(name="look", language="en", text="Look!", header="image"),
)


class Approving(Toy):
    """A toy whose provider approves templates."""

    def templates(self) -> Sequence[KnownTemplate]:
        return KNOWN


def file(media_type: str) -> File:
    return File(sha256="0" * 64, media_type=media_type, filename="a", size_bytes=9)


def chosen(name: str, *values: str, **fields: Any) -> ApprovedTemplate:
    return ApprovedTemplate(**({"name": name, "language": "en", "parameters": values} | fields))


GOOD = [
    ("in their order", chosen("parcel", "Ada", "A-7"), (), "Dear Ada, A-7 is on its way."),
    ("in one line each", chosen("parcel", " A\n d\ta ", "7"), (), "Dear A d a, 7 is on its way."),
    ("a value with a place of its own", chosen("parcel", "{{2}}", "7"), (), "Dear {{2}}, 7 is on its way."),
    ("by name", chosen("named", "Ada", names=("who",), header="News"), (), "Dear Ada, Ada!"),
    ("below a document", chosen("invoice"), (file("application/pdf"),), "Here it is."),
    ("one that the account does not name", chosen("other", "x"), (), "other"),
    ("and what it says", chosen("other", "x", text="Hi x"), (), "Hi x"),
    ("in a language that it does not name", chosen("parcel", language="fr"), (), "parcel"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "asked", "files", "text"), GOOD, ids=[r[0] for r in GOOD])
def test_a_template_says_what_it_says(
    label: str, asked: ApprovedTemplate, files: tuple[File, ...], text: str
) -> None:
    """To the people of the desk, with its values in their places."""
    got = worded(Approving(), asked, files)
    assert isinstance(got, ApprovedTemplate)
    assert got.text == text
    assert got.parameters == tuple(" ".join(value.split()) for value in asked.parameters)


BAD = [
    ("too few values", chosen("parcel", "Ada"), (), "template_values"),
    ("an empty one", chosen("parcel", "Ada", " "), (), "template_values"),
    ("too many", chosen("parcel", "Ada", "7", "8"), (), "template_values"),
    ("no names", chosen("named", "Ada", header="x"), (), "template_values"),
    ("another's name", chosen("named", "Ada", names=("whom",), header="x"), (), "template_values"),
    ("nothing above it", chosen("named", "Ada", names=("who",)), (), "template_header"),
    ("words where none are", chosen("parcel", "a", "b", header="x"), (), "template_header"),
    ("no document", chosen("invoice"), (), "template_header"),
    ("a picture for a document", chosen("invoice"), (file("image/png"),), "template_header"),
    ("two pictures", chosen("look"), (file("image/png"),) * 2, "template_header"),
    ("a file where none is", chosen("parcel", "a", "b"), (file("image/png"),), "template_header"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "asked", "files", "code"), BAD, ids=[r[0] for r in BAD])
def test_a_template_lacks_something(
    label: str, asked: ApprovedTemplate, files: tuple[File, ...], code: str
) -> None:
    """It is said to the agent's face, and not by the provider later."""
    refusal = worded(Approving(), asked, files)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert refusal.what_to_do


def test_only_some_channels_have_templates() -> None:
    """Elsewhere the words themselves are written."""
    refusal = worded(Toy(), chosen("parcel"), ())
    assert isinstance(refusal, Refusal)
    assert refusal.code == "no_templates"


def test_places() -> None:
    """Each once, in their order."""
    assert places("{{b}} {{a}} {{ b }} {{}} {c}") == ("b", "a")


async def test_a_template_goes_past_window_and_budget(tmp_path: Path) -> None:
    """It is sent, closes the turn as a person's answer, spends nothing, and may be sent again."""
    toy = Approving(window_ms=DAY_MS, budget=SendBudget(messages=1, per_ms=DAY_MS))
    async with opened(tmp_path, toy=toy) as desk:
        conversation = await desk.ask_in()
        await desk.decide()
        asked = chosen("parcel", "Ada", "A-7")
        free = await desk.reply(conversation, "", approved=asked)
        assert free.state == "queued"
        await desk.send(RuntimeError("gone"))
        assert (await desk.reply(conversation, "Hello")).state == "queued", "nothing was spent"
        await desk.send()
        desk.clock.now += DAY_MS
        assert (await desk.reply(conversation, "Hello?")).state == "held"
        late = await desk.reply(conversation, "", approved=asked)
        assert (late.state, late.text) == ("queued", "Dear Ada, A-7 is on its way.")
        assert (await shown(desk, late.id)).approved == "parcel"
        await desk.send()
        assert toy.sent[-1].template is not None
        assert toy.sent[-1].template.parameters == ("Ada", "A-7")
        again = await desk.store.submit(Resend(desk="desk", message=free.id, by="agent:emma"))
        assert again.state == "queued"
        await desk.decide()
        assert await desk.rows("SELECT 1 FROM turn WHERE closed_at IS NULL") == []
        refusal = await desk.refused(conversation, "", approved=chosen("parcel", "Ada"))
        assert refusal.code == "template_values"
