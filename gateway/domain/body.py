"""What the bodies of all events are."""

import msgspec


class Body(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", omit_defaults=True
):
    """What every event's body is."""
