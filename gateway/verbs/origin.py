"""Where a command comes from, for the audit log."""

from collections.abc import Iterable
from typing import Any

import msgspec

from gateway.verbs.change import Change, Command, Lookup, Origin, View


class From(msgspec.Struct, kw_only=True):
    """A command that somebody asked for: over the network, or on the command line."""

    origin: Origin
    command: Command

    @property
    def failpoint(self) -> str:
        """The command's own."""
        return getattr(self.command, "failpoint", "write")

    def reads(self, view: View) -> Iterable[Lookup]:
        """What the command reads."""
        return self.command.reads(view)

    def decide(self, change: Change) -> Any:
        """The command's own answer; what it notes in the audit log has its origin."""
        change.origin = self.origin
        return self.command.decide(change)
