"""Remember an answer that no command of its own gave."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from gateway.verbs.change import Change, Lookup, View


class Remember(msgspec.Struct, kw_only=True):
    """Run under Once: the value is given again to whoever asks under the same key."""

    failpoint: ClassVar[str] = "write"

    value: Any

    def reads(self, view: View) -> Iterable[Lookup]:
        """Nothing of its own."""
        return ()

    def decide(self, change: Change) -> Any:
        """The value."""
        return self.value
