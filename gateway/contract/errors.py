"""What an adapter may raise."""

from gateway.domain.message import FileReason


class Unauthentic(Exception):
    """The delivery is not proved to come from the provider; it is refused and never stored."""


class WrongType(Unauthentic):
    """The delivery's media type is none that the provider sends; it is refused and never stored."""


class ContractError(Exception):
    """An adapter breaks the contract; the message says which rule and where."""


class MediaRefused(Exception):
    """The file will not come, however often it is asked for; `reason` is our word for why."""

    def __init__(self, detail: str, reason: FileReason = FileReason.GONE) -> None:
        super().__init__(detail)
        self.reason = reason
