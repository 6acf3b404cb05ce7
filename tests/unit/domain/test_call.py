"""Legs bear doubled and reordered webhooks."""

from itertools import permutations

from gateway.domain.call import FURTHER, OVER, LegState

STORY = (LegState.PLANNED, LegState.RINGING, LegState.ANSWERED, LegState.COMPLETED)


def test_a_leg_ends_where_it_ended_whatever_the_order() -> None:
    """Every order of its reports, each of them twice, leaves a leg over."""
    for told in permutations(STORY * 2, 5):
        state = LegState.PLANNED
        for each in told:
            state = FURTHER[state, each]
        assert state is max(told, key=STORY.index)


def test_what_is_over_stays_as_it_ended() -> None:
    """Nothing moves a leg that is over, not even another end."""
    assert all(FURTHER[old, new] is old for old in OVER for new in LegState)
