"""How work is handed out and wrapped up: as its queue says, else as its channel does."""

from collections.abc import Mapping

from routing.plan import TIMED, ChannelPlan, QueuePlan, Wrapup

NO_WRAPUP = Wrapup()


class Handling:
    """What a queue and a channel say together, worked out once."""

    __slots__ = ("accept_mode", "offer_timeout_ms", "wrapup")

    def __init__(self, queue: QueuePlan, channel: ChannelPlan) -> None:
        self.accept_mode = queue.accept_mode or channel.accept_mode
        timeout_ms = queue.offer_timeout_ms
        self.offer_timeout_ms = channel.offer_timeout_ms if timeout_ms is None else timeout_ms
        plain = Wrapup(mode=TIMED, ms=channel.acw_ms) if channel.acw_ms > 0 else NO_WRAPUP
        self.wrapup = queue.wrapup.get(channel.id, plain)


class Handlings(dict[str, Handling]):
    """Those of one queue, by channel; a channel is worked out when work of it first comes."""

    def __init__(self, queue: QueuePlan, channels: Mapping[str, ChannelPlan]) -> None:
        super().__init__()
        self._queue = queue
        self._channels = channels

    def __missing__(self, channel: str) -> Handling:
        self[channel] = handling = Handling(self._queue, self._channels[channel])
        return handling
