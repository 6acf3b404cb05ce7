"""Callbacks that are needed no more, or again, before what was decided of them is carried out."""

from pathlib import Path

import pytest

from gateway.domain.callback import Callback, CallbackKind
from gateway.domain.clock import DAY_MS
from gateway.domain.job import JobKind
from gateway.pipeline.callbacks import Callbacks
from gateway.verbs.callback import AskCallback, Window
from tests.unit.pipeline.desk import Desk, opened

CALLBACKS = "SELECT kind, outcome FROM callback"


async def wished(desk: Desk, conversation: str, kind: CallbackKind) -> None:
    """Somebody is to be called, who gave up or who asks for it."""
    now = desk.clock.now_ms()
    ask = AskCallback(
        conversation=conversation,
        kind=kind,
        number="+4915110000001",
        account="phone",
        local="+1",
        window=Window(origin_at=now, visible_at=now, closes_at=now + DAY_MS),
        by="system",
        queue="main",
    )
    assert isinstance(await desk.store.submit(ask), Callback)


async def carry_out(desk: Desk) -> None:
    """All that is due of callbacks is done."""
    carries = Callbacks(desk.store, desk.accounts, desk.own_words, lambda: desk.dispatch.inforce)
    while (claimed := await desk.claim(JobKind.CALLBACK)) is not None:
        await desk.store.submit(await carries.carry_out(claimed))


@pytest.mark.parametrize(
    ("asks", "left"),
    [(False, ("abandoned", "spoken_with")), (True, ("queue", ""))],
    ids=["says no more", "asks to be called"],
)
async def test_who_asks_to_be_called_behind_our_answer_is(
    tmp_path: Path, asks: bool, left: tuple[str, str]
) -> None:
    """An answer in writing ends what nobody asked for, however late that is done."""
    async with opened(tmp_path) as desk:
        conversation = await desk.ask_in("No matter, I write.")
        await wished(desk, conversation, CallbackKind.ABANDONED)
        await desk.reply(conversation)
        if asks:
            await wished(desk, conversation, CallbackKind.QUEUE)
        await desk.decide()
        await carry_out(desk)
        assert await desk.rows(CALLBACKS) == [left]
