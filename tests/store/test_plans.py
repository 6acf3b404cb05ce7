"""What the writer and the claims ask is answered from indexes, whatever the size of the tables."""

import re
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from sqlalchemy import Engine, event

from gateway.domain.rows import TABLES
from gateway.store import engines, migrate
from gateway.store.lanes import Lanes
from gateway.store.postgres import PostgresFlavour, PostgresSession
from gateway.store.queries import reports
from gateway.store.sqlite import SqliteFlavour
from gateway.store.statements import Flavour, Statements


def questions(flavour: Flavour) -> dict[str, str]:
    """All that is asked while the desk is locked, and by claims."""
    statements = Statements(flavour)
    lanes = Lanes(statements, "shop", "n1", str)
    return {
        **{
            f"{noun.name} by {by or 'key'}": statements.selects(noun, by, [("?",) * 3])[0]
            for noun in TABLES.values()
            for by in ("", *noun.indexes)
        },
        **{
            f"{noun.name}, deleted": statements.deletes(noun, [("?",) * 3])[0]
            for noun in TABLES.values()
        },
        **{
            f"lanes: {name}": getattr(lanes, f"_{name}")
            for name in ("clear", "fill", "accounts", "due", "ready", "sending", "attempts")
        },
    }


ON_SQLITE = questions(SqliteFlavour())
ON_POSTGRES = questions(PostgresFlavour())


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Iterator[Engine]:
    """A migrated file; the planner does not ask how much is in it."""
    made = engines.migrating(f"sqlite:///{tmp_path_factory.mktemp('plans')}/x.db")
    migrate.migrate(made)
    yield made
    made.dispose()


@pytest.mark.parametrize("sql", ON_SQLITE.values(), ids=ON_SQLITE)
def test_no_table_is_scanned(empty, sql) -> None:
    """Of every table only the rows asked for are read."""
    with empty.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("[]",) * sql.count("?"))
        steps = [row[3] for row in plan]
    # `a` is the list of accounts that the recursion itself makes.
    scanned = {s.split()[1] for s in steps if s.startswith("SCAN ")}
    assert scanned <= {"json_each", "a", "k"}
    assert any(s.startswith("SEARCH ") for s in steps)


REPORTS = {
    "replies": lambda c: reports.replies(c, "shop", 1, 2),
    "resolutions": lambda c: reports.resolutions(c, "shop", 1, 2),
    "who is late": lambda c: reports.late_answers(c, "shop", 1, 2),
    "what is unresolved and late": lambda c: reports.late_resolutions(c, "shop", 2),
    "who asked": lambda c: reports.asked(c, "shop", 1, 2),
}


@pytest.mark.parametrize("ask", REPORTS.values(), ids=REPORTS)
def test_a_report_reads_its_span_alone(empty, ask) -> None:
    """Years of history cost a report of last week nothing."""
    asked = []
    with empty.connect() as connection:

        def note(_c, _cursor, sql, values, *_more) -> None:
            asked.append((sql, values))

        event.listen(connection, "before_cursor_execute", note)
        assert list(ask(connection)) == []
        event.remove(connection, "before_cursor_execute", note)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {q}", v).all() for q, v in asked]
    assert plans
    assert not [step for plan in plans for *_, step in plan if step.startswith("SCAN")]


@pytest.fixture(scope="module")
def writing(migrated) -> Iterator[psycopg.Connection]:
    """The writer's connection to PostgreSQL, with its settings."""
    session = PostgresSession(migrated)
    yield session.connection
    session.close()


@pytest.mark.parametrize("sql", ON_POSTGRES.values(), ids=ON_POSTGRES)
def test_no_table_is_scanned_on_postgres(writing, sql) -> None:
    """The plan that is kept for all batches reads by index too, though the tables are empty."""
    number = count(1)
    numbered = re.sub("%s", lambda _: f"${next(number)}", sql)
    plan = "\n".join(
        row[0] for row in writing.execute(f"EXPLAIN (GENERIC_PLAN) {numbered}", prepare=False)
    )
    writing.rollback()
    assert re.findall(r"Seq Scan on (\w+)", plan) == []
    assert "Index" in plan
