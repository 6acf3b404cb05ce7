"""What an adapter may raise."""


class Unauthentic(Exception):
    """The delivery is not proved to come from the provider; it is refused and never stored."""


class ContractError(Exception):
    """An adapter breaks the contract; the message says which rule and where."""
