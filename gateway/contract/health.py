"""What an adapter says of its own health."""

import msgspec


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `check()`: is the provider reachable and are the credentials right."""

    ok: bool
    detail: str = ""
    what_to_do: str = ""
