"""What people saved for templates to say: the newest of each, and what went before."""

from sqlalchemy import Connection, func, select

from gateway.domain.savedwords import SavedWords
from gateway.store.queries.rows import all_of, one_of, table_of
from gateway.store.schema import metadata

_DESK = metadata.tables["desk"]
_WORDS = table_of(SavedWords)


def standing(connection: Connection, desk: str) -> tuple[int, list[SavedWords]]:
    """How often anything was saved, and the newest of each, which may be newer than that."""
    count = connection.execute(select(_DESK.c.words).where(_DESK.c.id == desk)).scalar()
    return count or 0, newest(connection, desk)


def newest(connection: Connection, desk: str) -> list[SavedWords]:
    """The newest version of each, by template and locale."""
    last = (
        select(_WORDS.c.name, _WORDS.c.locale, func.max(_WORDS.c.version).label("version"))
        .where(_WORDS.c.desk == desk)
        .group_by(_WORDS.c.name, _WORDS.c.locale)
        .subquery()
    )
    query = select(_WORDS).join(
        last,
        (_WORDS.c.name == last.c.name)
        & (_WORDS.c.locale == last.c.locale)
        & (_WORDS.c.version == last.c.version),
    )
    return all_of(connection, SavedWords, query.where(_WORDS.c.desk == desk))


def versions(
    connection: Connection, desk: str, name: str, locale: str, before: int | None, limit: int
) -> list[SavedWords]:
    """The versions of one, the newest first, before one of them."""
    query = select(_WORDS).where(
        _WORDS.c.desk == desk, _WORDS.c.name == name, _WORDS.c.locale == locale
    )
    if before is not None:
        query = query.where(_WORDS.c.version < before)
    return all_of(connection, SavedWords, query.order_by(_WORDS.c.version.desc()).limit(limit))


def version(
    connection: Connection, desk: str, name: str, locale: str, number: int
) -> SavedWords | None:
    """One version of one."""
    return one_of(connection, SavedWords, desk=desk, name=name, locale=locale, version=number)
