"""How customers are called back: how soon, how often, at which hours, and what can be booked."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from config.part import Part
from config.units import Duration, Words

TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", examples=["09:00"])]
Percent = Annotated[int, Field(ge=1, le=100)]
WORDS = (
    "call me", "call back", "callback", "回电", "给我打电话", "打电话给我", "给我打个电话",
    "打个电话给我", "给我回个电话", "打给我", "致电给我", "回電", "給我打電話", "打電話給我",
    "給我打個電話", "打個電話給我", "給我回個電話", "打給我", "致電給我",
)  # fmt: skip


class Abandoned(Part):
    """Whether callers who gave up waiting are called back unasked."""

    enabled: bool = False  # it needs their consent, which the law of a country words
    min_wait_ms: Duration = Field(default=30_000, alias="min_wait")  # who waited less, is not
    cooldown_ms: Duration = Field(default=300_000, alias="cooldown")  # first, after they gave up


class Slots(Part):
    """Times that can be booked: how long one is, and how many fit into it."""

    length_ms: Duration = Field(default=900_000, alias="length", ge=60_000)  # of each
    share: Percent = 35  # percent of a queue's agents, for booked calls
    handling_ms: Duration = Field(default=300_000, alias="handling", ge=1_000)  # of one call
    days: int = Field(default=14, ge=1, le=90)  # how far ahead

    def capacity(self, agents: int) -> int:
        """How many callbacks so many agents fit into one slot."""
        return self.share * agents * self.length_ms // (100 * self.handling_ms)


class CustomerFirst(Part):
    """Whether customers are dialled before an agent is free, so that none waits for the ringing."""

    enabled: bool = False  # else an agent's telephone rings before the customer's
    # Customers dialled for each agent who is expected to be free.
    pacing: Decimal = Field(default=Decimal(1), gt=0, le=3)
    leaves_word: bool = True  # with an answering machine, once for each callback


class Callbacks(Part):
    """Everything about calling customers back."""

    account: str = ""  # that dials for those who wrote; "" = the first that takes calls
    # Of numbers without a prefix.
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$", examples=["DE"])
    words: Words = WORDS  # whoever writes one of them, and little else, wants to be called
    delay_ms: Duration = Field(default=30_000, alias="delay")  # first, so that the line is free
    # After that it expires.
    window_ms: Duration = Field(default=86_400_000, alias="window", ge=60_000)
    max_attempts: int = Field(default=3, ge=1, le=10)  # tries that reached nobody
    # After the first try, the second, and so on; the last holds for all that follow.
    retry_ms: tuple[Duration, ...] = Field(
        default=(300_000, 1_800_000, 14_400_000), alias="retry", min_length=1, max_length=10
    )
    busy_ms: Duration = Field(default=300_000, alias="busy")  # after a line that was busy
    earliest: TimeOfDay = "08:00"  # nobody is dialled before, by the customer's clock
    latest: TimeOfDay = Field(default="21:00", validate_default=True)  # nor after
    own_wait_ms: Duration = Field(default=600_000, alias="own_wait")  # for the agent who owns it
    # After that anybody may make it, or it ends and the customer is told in writing.
    own_then: Literal["reassign", "expire"] = "reassign"
    abandoned: Abandoned = Abandoned()
    slots: Slots = Slots()
    customer_first: CustomerFirst = CustomerFirst()

    @field_validator("latest")
    @classmethod
    def _comes_after(cls, latest: str, info: ValidationInfo) -> str:
        if info.data.get("earliest", "") >= latest:
            raise ValueError("earliest must come before latest; write them like 08:00 and 21:00")
        return latest
