"""Lists by page: what every list asks for, and where its next page begins."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, TypeVar

import msgspec

from gateway.http.errors import Problem
from gateway.http.routes import MAX_PAGE, PAGE

T = TypeVar("T")


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where on, as the page before told it in `next`, and how many."""

    cursor: Annotated[str, msgspec.Meta(max_length=200)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = PAGE


def paged(
    found: Sequence[T], limit: int, key: Callable[[T], str]
) -> tuple[Sequence[T], str | None]:
    """The page of rows read one beyond `limit`, and the cursor of the next; None on the last."""
    shown = found[:limit]
    return shown, key(shown[-1]) if len(found) > limit else None


def named(names: Iterable[str], asked: PageQuery) -> tuple[Sequence[str], str | None]:
    """The page of a list whose things have names, in their order; the cursor is the last name."""
    behind = sorted(name for name in names if name > asked.cursor)
    return paged(behind, asked.limit, lambda name: name)


def instant_cursor(cursor: str) -> tuple[int, str] | None:
    """The instant (ms) and the id in a cursor of a list by time; None for the first page.

    Raises Problem for what no list told.
    """
    if not cursor:
        return None
    at, dot, name = cursor.partition(".")
    if not dot or not (at.isascii() and at.isdecimal()) or len(at) > 15:
        raise Problem("invalid_query", "The cursor is none that this list told.")
    return int(at), name


def cursor_of(at: int, name: str) -> str:
    """As `instant_cursor` reads it."""
    return f"{at}.{name}"
