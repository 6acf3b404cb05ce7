"""Messages: what is told of them."""

from gateway.domain.message import ON_ITS_WAY, RANK, TOLD, UNTOLD, MessageState


def test_every_state_of_ours_says_one_thing_to_who_waits() -> None:
    """A reply has come, is on its way, or has not come; nothing else, and never two of them."""
    ours = set(MessageState) - {MessageState.RECEIVED}
    assert ours == TOLD | ON_ITS_WAY | UNTOLD
    assert len(TOLD) + len(ON_ITS_WAY) + len(UNTOLD) == len(ours)
    assert min(RANK[state] for state in TOLD) > max(RANK[state] for state in ON_ITS_WAY)
