"""Whose a session of WeCom is, which lets us write or not. Pure.

https://developer.work.weixin.qq.com/document/path/94669
"""

from adapters._shared.http import Reply
from adapters._shared.wechat import json_object, refusal, words
from adapters.wecom.wire import CODES
from gateway.contract import Reason, Rejected

# The state of a session does not let us write: which one it is must be asked for.
WRONG_STATE = 95018

# 0 new, 1 with the assistant, which is us, 2 in the pool, 3 with a person in WeCom, 4 over. Only a
# new one is nobody's, and may be taken.
NEW, ASSISTANT, POOL, PERSON, OVER = range(5)


def session_of(reply: Reply) -> int | None:
    """The state of a session, by the answer to kf/service_state/get; None for no answer."""
    if refusal(reply, CODES) is not None:
        return None
    state = json_object(reply).get("service_state")
    return state if isinstance(state, int) and NEW <= state <= OVER else None


def kept_from(state: int, reply: Reply) -> Rejected:
    """Why nothing may be written in a session of this state. One that is over opens anew."""
    who = words(json_object(reply), "servicer_userid") or "a person"
    reason, detail = {
        POOL: (Reason.OTHER, "the session waits in WeCom's pool for a person"),
        PERSON: (Reason.OTHER, f"{who} has the session in WeCom"),
    }.get(state, (Reason.WINDOW_CLOSED, "the session is over until the customer writes"))
    return Rejected(reason=reason, detail=f"{WRONG_STATE}: {detail}", code=str(WRONG_STATE))
