"""Macros: what a quick reply does beside speaking, all in one transaction."""

from typing import Annotated, Literal

import msgspec

from gateway.domain.body import Body

MOST_ACTIONS = 10
_Words = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=4_000)]


class _Action(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="do", forbid_unknown_fields=True
):
    """One thing that is done."""


class Noting(_Action, frozen=True, kw_only=True, tag="note"):
    """A note for colleagues."""

    text: _Words


class Promising(_Action, frozen=True, kw_only=True, tag="promise"):
    """The customer is promised something, until when is said in words: 24h, tomorrow noon."""

    text: Annotated[str, msgspec.Meta(max_length=500)] = ""
    when: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=100)]


class Judging(_Action, frozen=True, kw_only=True, tag="judge"):
    """What it is about, and how urgent it is; null: as it is."""

    category: (
        Literal["product", "order", "after_sales", "complaint", "suggestion", "other"] | None
    ) = None
    urgency: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None


class Favouring(_Action, frozen=True, kw_only=True, tag="vip"):
    """Whether the customer is a VIP."""

    vip: bool


class Moving(_Action, frozen=True, kw_only=True, tag="status"):
    """Where the conversation stands afterwards."""

    verb: Literal["hold", "wake", "snooze", "resolve"]


class Passing(_Action, frozen=True, kw_only=True, tag="transfer"):
    """Who has it next: `queue:<id>` or `agent:<login>`."""

    to: Annotated[str, msgspec.Meta(pattern=r"^(queue|agent):.{1,128}$")]


Action = Noting | Promising | Judging | Favouring | Moving | Passing


class MacroRan(Body, frozen=True, kw_only=True, tag="macro.ran"):
    """Somebody did several things at once. With how it stood before, where that can be put back.

    `status`: of the conversation; `category` and `urgency`: what it was taken for; `vip`: whether
    the customer was one. Null: that was left as it was. `asked`: position of the wish that it be
    passed on.
    """

    macro: str
    by: str
    status: str | None = None
    category: str | None = None
    urgency: int | None = None
    vip: bool | None = None
    target: str = ""  # to whom it was passed on; "": to nobody
    asked: int | None = None
