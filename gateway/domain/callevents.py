"""What happens with calls and callbacks, as the log tells it: ids, and no customer's word."""

from gateway.domain.body import Body


class CallChanged(Body, frozen=True, kw_only=True, tag="call.changed"):
    """A call, or one of its legs, moved on. `leg` is "" when the call itself did.

    agent: whose telephone the leg is; of a call that is connected, who speaks with the customer.
    """

    call: str
    state: str
    leg: str = ""
    leg_state: str = ""
    agent: str = ""
    choice: str = ""
    outcome: str = ""


class CallbackAsked(Body, frozen=True, kw_only=True, tag="callback.asked"):
    """A customer wants to be called back, at this number."""

    identity: str
    call: str


class CallbackChanged(Body, frozen=True, kw_only=True, tag="callback.changed"):
    """A callback is where `state` says. Its number and notes stand in its row.

    One that is `held` only keeps a place for who has not confirmed: nobody is to be called for it.
    """

    callback: str
    callback_kind: str
    state: str
    queue: str
    owner: str
    origin_at: int
    visible_at: int
    closes_at: int
    tries: int = 0
    agent: str = ""
    call: str = ""
    outcome: str = ""
    held: bool = False


class CallbackMerged(Body, frozen=True, kw_only=True, tag="callback.merged"):
    """A live callback was asked for again: it keeps the older age."""

    callback: str
    origin_at: int
    by: str
