"""Which first questions are answered by themselves from the articles: none unless it is said."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from config.part import Part
from config.units import Words, listed

Topic = Literal["product", "order", "after_sales", "suggestion", "other"]
"""What an article may be about that goes out by itself: no complaint is answered by a machine."""


class Knowledge(Part):
    """`enabled` notes which first questions no article answers; `categories` may be answered."""

    enabled: bool = False
    categories: Annotated[tuple[Topic, ...], BeforeValidator(listed)] = ()
    certain_percent: int = Field(default=60, ge=50, le=100)  # at least; below, people answer
    channels: Words = ()  # on which; none named: all
