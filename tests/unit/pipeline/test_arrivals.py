"""What gathers before it is work."""

from gateway.pipeline.arrivals import Arrival, Arrivals


def waiting(*items: tuple[int, str]) -> Arrivals:
    """Conversations that gather until their times, caused by positions 1, 2, ..."""
    arrivals = Arrivals()
    for position, (at, conversation) in enumerate(items, 1):
        arrivals.add(at, conversation, position)
    return arrivals


def test_it_is_taken_when_its_time_has_come() -> None:
    """Not a millisecond earlier, and once."""
    arrivals = waiting((1_500, "a"))
    assert arrivals.take(1_499, {"a"}) == []
    assert arrivals.take(1_500, {"a"}) == [Arrival(at=1_500, conversation="a", cause=1)]
    assert arrivals.take(9_999, {"a"}) == []
    assert "a" not in arrivals


def test_the_earliest_comes_first() -> None:
    """In order of time, whatever order they were added in; equal times by conversation."""
    arrivals = waiting((3, "c"), (1, "a"), (2, "z"), (2, "b"))
    assert [a.conversation for a in arrivals.take(3, {"a", "b", "c", "z"})] == ["a", "b", "z", "c"]


def test_later_messages_do_not_put_it_off() -> None:
    """A conversation gathers once, from its first message."""
    arrivals = waiting((10, "a"), (20, "a"), (5, "a"))
    assert arrivals.next_at() == 10
    assert [(a.at, a.cause) for a in arrivals.take(30, {"a"})] == [(10, 1)]
    assert arrivals.take(30, {"a"}) == []


def test_the_unknown_wait_for_the_tick_that_knows_them() -> None:
    """What is due and not known yet stays, at its own time, and holds nobody up."""
    arrivals = waiting((1, "stranger"), (2, "b"))
    assert [a.conversation for a in arrivals.take(5, {"b"})] == ["b"]
    assert arrivals.due(5) == {"stranger"}
    assert arrivals.next_at() == 1
    assert [a.at for a in arrivals.take(6, {"stranger"})] == [1]


def test_the_forgotten_never_come() -> None:
    """Who needs nobody any more is not taken, not due, and wakes nobody."""
    arrivals = waiting((1, "a"), (2, "b"))
    arrivals.forget("a")
    arrivals.forget("nobody")
    assert "a" not in arrivals
    assert arrivals.due(9) == {"b"}
    assert arrivals.next_at() == 2
    assert [a.conversation for a in arrivals.take(9, {"a", "b"})] == ["b"]
    assert arrivals.next_at() is None


def test_one_that_was_forgotten_may_come_again() -> None:
    """At its new time only, and once: the old one lies dead in the heap."""
    arrivals = waiting((1, "a"))
    arrivals.forget("a")
    arrivals.add(5, "a", 7)
    assert arrivals.next_at() == 5
    assert arrivals.take(4, {"a"}) == []
    assert arrivals.take(5, {"a"}) == [Arrival(at=5, conversation="a", cause=7)]
    assert arrivals.take(9, {"a"}) == []


def test_forgotten_and_added_at_the_same_time() -> None:
    """Two equal entries in the heap are still one arrival."""
    arrivals = waiting((5, "a"))
    arrivals.forget("a")
    arrivals.add(5, "a", 1)
    assert len(arrivals.take(5, {"a"})) == 1
    assert arrivals.next_at() is None


def test_due_is_up_to_now() -> None:
    """What comes later is not due."""
    arrivals = waiting((1, "a"), (2, "b"), (3, "c"))
    assert arrivals.due(2) == {"a", "b"}
    assert "c" in arrivals
