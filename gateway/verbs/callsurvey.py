"""Asking a caller how it went, once nobody speaks with them any more, before they hang up."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.call import Call, CallState, Leg, Party, RefreshLeg
from gateway.domain.conversation import Contact, Conversation
from gateway.domain.desk import Budget
from gateway.domain.message import Message
from gateway.verbs import person, survey
from gateway.verbs.calljob import drop_later, task
from gateway.verbs.callwork import reads_leg
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.leg import legs_of, let_go, move


class AskCaller(msgspec.Struct, kw_only=True, gc=False):
    """Ask who is on a leg for a score; whom nobody is to ask is let go.

    asks: None, where nobody is to be asked; its id is the call's. per_ms: a customer is asked once
    in such a time, by whatever way; 0: always.
    """

    failpoint: ClassVar[str] = "write"

    desk: str
    leg: str
    asks: survey.Asked | None
    per_ms: int

    def reads(self, view: View) -> Iterable[Lookup]:
        """The leg with its call, whose it is, and when they were asked last."""
        yield from reads_leg(view, self.leg)
        leg = view.peek(Leg, self.leg)
        call = view.peek(Call, leg.call) if leg is not None else None
        if call is None:
            return
        yield by_key(Message, call.message)
        conversation = view.peek(Conversation, call.conversation)
        if conversation is None:
            return
        contact = yield from person.reads(view, conversation.contact)
        if contact is not None:
            yield by_key(Budget, self.desk, survey.cap_of(contact.id))

    def decide(self, change: Change) -> None:
        """Nothing, where somebody speaks with them again, or they were asked."""
        leg = change.get(Leg, self.leg)
        call = change.get(Call, leg.call) if leg is not None else None
        if leg is None or call is None or call.state is not CallState.CONNECTED:
            return
        if any(each.talks and each.party is Party.AGENT for each in legs_of(change, call)):
            return
        conversation = change.get(Conversation, call.conversation)
        contact = person.of(change, conversation.contact) if conversation is not None else None
        message = change.get(Message, call.message)
        if (
            conversation is None
            or contact is None
            or message is None
            or self.asks is None
            or contact.blocked
            or not self._may_ask(change, contact)
        ):
            let_go(change, leg)
        elif leg.live and not leg.dismissed:
            survey.spoken(change, conversation, message, self.asks)
            move(change, replace(call, held=False), CallState.SURVEY)
            task(change, call, RefreshLeg(leg=leg.id))
            drop_later(change, call, leg.id)

    def _may_ask(self, change: Change, contact: Contact) -> bool:
        """Once in so long; it is noted when they are."""
        if not self.per_ms:
            return True
        name = survey.cap_of(contact.id)
        budget = change.get(Budget, self.desk, name)
        if budget is not None and change.now - budget.since < self.per_ms:
            return False
        change.put(Budget(desk=self.desk, name=name, since=change.now, used=1))
        return True
