"""Find out beforehand what a command would be refused for, and change nothing."""

from collections.abc import Iterable

import msgspec

from gateway.domain.outcome import Refusal
from gateway.verbs.change import Change, Command, Lookup, View

NOTHING_AGAINST_IT = Refusal(code="rehearsed", detail="It would be done.")


class Rehearsed(msgspec.Struct, kw_only=True):
    """Decide a command as things stand, and let the writer undo it, as it does what is refused."""

    command: Command

    def reads(self, view: View) -> Iterable[Lookup]:
        """What the command reads."""
        return self.command.reads(view)

    def decide(self, change: Change) -> Refusal:
        """Why it would be refused; NOTHING_AGAINST_IT where it would not."""
        answer = self.command.decide(change)
        return answer if isinstance(answer, Refusal) else NOTHING_AGAINST_IT
