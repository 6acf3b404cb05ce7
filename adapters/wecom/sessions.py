"""Whose a session of WeCom is, which lets us write or not. Pure.

https://developer.work.weixin.qq.com/document/path/94669
"""

from collections.abc import Collection, Mapping

from adapters._shared.http import Reply
from adapters._shared.wechat import json_object, refusal, words
from adapters.wecom.wire import CODES
from gateway.contract import Holder, Reason, Rejected

# The state of a session does not let us write: which one it is must be asked for.
WRONG_STATE = 95018

# 0 new, 1 with the assistant, which is us, 2 in the pool, 3 with a person in WeCom, 4 over. Only a
# new one is nobody's, and may be taken. We may write in the first two.
NEW, ASSISTANT, POOL, PERSON, OVER = range(5)
MOVES = {
    NEW: (ASSISTANT, POOL, PERSON, OVER),
    ASSISTANT: (POOL, PERSON, OVER),
    POOL: (PERSON, OVER),
    PERSON: (PERSON, OVER),
    OVER: (),
}

Move = tuple[int, str]  # to this state; of a person's, to whom in WeCom


def session_of(reply: Reply) -> int | None:
    """The state of a session, by the answer to kf/service_state/get; None for no answer."""
    if refusal(reply, CODES) is not None:
        return None
    state = json_object(reply).get("service_state")
    return state if isinstance(state, int) and NEW <= state <= OVER else None


def servicer_of(reply: Reply) -> str:
    """The person in WeCom who has it, by the same answer."""
    return words(json_object(reply), "servicer_userid")


def kept_from(state: int, reply: Reply) -> Rejected:
    """Why nothing may be written in a session of this state. One that is over opens anew."""
    who = servicer_of(reply) or "a person"
    reason, detail = {
        POOL: (Reason.OTHER, "the session waits in WeCom's pool for a person"),
        PERSON: (Reason.OTHER, f"{who} has the session in WeCom"),
    }.get(state, (Reason.WINDOW_CLOSED, "the session is over until the customer writes"))
    return Rejected(reason=reason, detail=f"{WRONG_STATE}: {detail}", code=str(WRONG_STATE))


class Staff:
    """Which of a desk's agents and queues WeCom knows as its own."""

    def __init__(self, servicers: Mapping[str, str], pools: Collection[str]) -> None:
        self._servicers = servicers
        self._pools = frozenset(pools)

    def wanted(self, holder: Holder) -> Move | None:
        """Where the session belongs. None: nothing follows for WeCom.

        An agent answers through us, who are the assistant to WeCom: a session that it gives to a
        person takes nothing from us. Only who answers in WeCom itself is named there.
        """
        if holder.over:
            return OVER, ""
        if holder.agent in self._servicers:
            return PERSON, self._servicers[holder.agent]
        if holder.agent:
            return ASSISTANT, ""
        return (POOL, "") if holder.queue in self._pools else None

    def may(self, move: Move, state: int, servicer: str) -> bool:
        """Whether WeCom lets it go there, and it is not in hands that are not the desk's."""
        ours = {
            POOL: bool(self._pools),
            PERSON: servicer in self._servicers.values(),
        }.get(state, True)
        return ours and move[0] in MOVES[state] and (state, servicer) != move
