"""What accounts say of a provider that is not itself."""

import pytest

from adapters._shared.provider import odd

ANSWERS = [
    (401, "", "HTTP 401", "check the token"),
    (400, "Bad Request", "HTTP 400: Bad Request", "check the token"),
    (200, "no such account", "HTTP 200: no such account", "check the token"),
    (200, "", "HTTP 200 with an answer that is not the provider's", "check api_url"),
]


@pytest.mark.parametrize(("status", "said", "detail", "what_to_do"), ANSWERS)
def test_odd_answers(status: int, said: str, detail: str, what_to_do: str) -> None:
    """Who is refused looks at what is secret; who hears nonsense, at whom they ask."""
    health = odd(status, "check the token", said)
    assert (health.ok, health.detail, health.what_to_do) == (False, detail, what_to_do)
