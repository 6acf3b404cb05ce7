"""What conversations are taken for, as the desk's owner writes and reads it, on both engines."""

from msgspec.structs import replace

from gateway.domain.judgement import Judgement
from gateway.store.queries import deciding, http_rows
from gateway.store.queries.corrections import corrections
from gateway.verbs.judge import Correct
from gateway.verbs.work import Decide, TakeLease
from tests.store.toys import contact, conversation

CONTACT = contact("p", name="Ms Reed")
CONVERSATION = conversation("c", "p")
TAKEN = Judgement(
    conversation="c",
    desk="desk",
    category="order",
    certain_percent=83,
    language="zh",
    anger=2,
    urgency=1,
    wants="lead",
    by="model:1",
    reasons='[{"piece":"快递","weight":0.4}]',
    rule="订单",
    tried="[]",
    escalated='["angry"]',
    boost=20,
    moved="lead",
    over=True,
    at=7,
)


async def test_a_judgement_comes_back_as_it_was(store) -> None:
    """Beside its conversation, for the owner and for lists; none where nobody has looked."""
    desk = store.desk
    epoch = await store.submit(TakeLease(node=store.node, lease_ms=1_000))
    rows = [replace(CONTACT, desk=desk), replace(CONVERSATION, desk=desk)]
    await store.submit(Decide(epoch=epoch, applied=0, rows=rows, decisions=[]))
    known = await store.read(deciding.known, ("c",))
    assert (known["c"].judgement, known["c"].contact.name) == (None, "Ms Reed")
    taken = replace(TAKEN, desk=desk)
    for row in (taken, replace(taken, category="product"), taken):
        await store.submit(Decide(epoch=epoch, applied=0, rows=[row], decisions=[]))
    known = await store.read(deciding.known, ("c",))
    assert known["c"].judgement == taken
    bundle = await store.read(http_rows.bundle, "c")
    assert bundle.judgement == taken


async def test_corrections_without_words_are_no_examples(store) -> None:
    """A conversation whose customer said nothing, or nothing any more, teaches nothing."""
    desk = store.desk
    epoch = await store.submit(TakeLease(node=store.node, lease_ms=1_000))
    rows = [replace(CONTACT, desk=desk), replace(CONVERSATION, desk=desk)]
    await store.submit(Decide(epoch=epoch, applied=0, rows=rows, decisions=[]))
    said = Correct(desk=desk, conversation="c", by="agent:emma", category="order")
    await store.submit(said)
    assert await store.read(lambda c: list(corrections(c, desk))) == []
    gone = Correct(desk=desk, conversation="x", by="agent:emma", category="order")
    assert (await store.submit(gone)).code == "not_found"
