"""Names of things: they sort by birth, and are made of what is given."""

import uuid
from random import Random

import pytest

from gateway.domain.ids import IdMaker, address_of, scheme_of


class Stopped:
    """A clock that the test moves."""

    def __init__(self, now: int) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def monotonic_ms(self) -> int:
        return self.now


AT = 1_790_000_000_123


def test_an_id_is_a_uuid_of_version_7() -> None:
    """RFC 9562: 48 bits of milliseconds, version 7, variant 10, the rest random."""
    made = uuid.UUID(IdMaker(Stopped(AT), Random(1))())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == AT


def test_ids_sort_by_birth() -> None:
    """A later id is a greater text, to the millisecond."""
    clock = Stopped(AT)
    new_id = IdMaker(clock, Random(1))
    ids = []
    for _ in range(50):
        ids.append(new_id())
        clock.now += 1
    assert ids == sorted(ids)


def test_no_two_of_one_millisecond_are_alike() -> None:
    """74 random bits tell apart what was born together; all of them are used."""
    new_id = IdMaker(Stopped(AT), Random(1))
    numbers = [uuid.UUID(new_id()).int for _ in range(500)]
    assert len(set(numbers)) == 500
    fixed = (0xF << 76) | (0x3 << 62)
    ever, always = 0, ~0
    for number in numbers:
        ever |= number
        always &= number
    varies = (ever ^ always) & ((1 << 80) - 1)
    assert varies | fixed == (1 << 80) - 1
    assert varies & fixed == 0


def test_the_same_seed_makes_the_same_ids() -> None:
    """Time and randomness are arguments."""
    one, two, other = (IdMaker(Stopped(AT), Random(seed)) for seed in (1, 1, 2))
    made = one()
    assert made == two()
    assert made != other()


@pytest.mark.parametrize(
    ("urn", "scheme", "address"),
    [
        ("tel:+8613800138000", "tel", "+8613800138000"),
        ("mailto:a@b.cn", "mailto", "a@b.cn"),
        ("x:a:b", "x", "a:b"),
        ("nothing", "nothing", ""),
    ],
)
def test_a_urn_is_a_scheme_and_an_address(urn: str, scheme: str, address: str) -> None:
    """The first colon parts them."""
    assert (scheme_of(urn), address_of(urn)) == (scheme, address)
