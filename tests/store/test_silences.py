"""Whose word is awaited, as the desk's owner writes and reads it, on both engines."""

from msgspec.structs import replace

from gateway.domain.silence import Silence, Whose
from gateway.store.queries import deciding
from gateway.verbs.work import Decide, PauseSending, TakeLease

WAITS = Silence(
    conversation="c",
    desk="desk",
    live_of="c",
    whose=Whose.PROVIDER,
    account="sms",
    channel="sms",
    queue="main",
    since=7,
    message="m1",
    spoken_at=8,
    spoken_seq=2,
    answers='{"m2":"provider"}',
    rests=True,
    said='{"still_waiting":1}',
)


async def test_a_silence_comes_back_as_it_was(store) -> None:
    """While something may yet be said of it; what is over is not looked at again."""
    desk = store.desk
    epoch = await store.submit(TakeLease(node=store.node, lease_ms=1_000))
    row = replace(WAITS, desk=desk)
    for kept in (row, replace(row, whose=Whose.CUSTOMER), row):
        await store.submit(Decide(epoch=epoch, applied=0, rows=[kept], decisions=[]))
    assert (await store.read(deciding.standing, desk)).silences == (row,)
    over = replace(row, live_of=None)
    await store.submit(Decide(epoch=epoch, applied=0, rows=[over], decisions=[]))
    assert (await store.read(deciding.standing, desk)).silences == ()


async def test_an_owner_starts_from_the_pause_as_of_what_was_applied(store) -> None:
    """Not as of now: the facts that began it, or ended it, may still be to come."""
    desk, applied = store.desk, 0
    seen = []
    for paused in (True, False, True):
        await store.submit(PauseSending(paused=paused, by="agent:emma"))
        before = await store.read(deciding.is_paused, desk, applied)
        applied = store.head()
        seen.append((before, await store.read(deciding.is_paused, desk, applied)))
    assert seen == [(False, True), (True, False), (False, True)]
