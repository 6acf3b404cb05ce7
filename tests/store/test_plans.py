"""What the writer and the claims ask is answered from indexes, whatever the size of the tables."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gateway.domain.rows import TABLES
from gateway.store import engines, migrate
from gateway.store.lanes import Lanes
from gateway.store.sqlite import SqliteFlavour
from gateway.store.statements import Statements

STATEMENTS = Statements(SqliteFlavour())
LANES = Lanes(STATEMENTS, "shop", "n1", str)


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Iterator[Engine]:
    """A migrated file; the planner does not ask how much is in it."""
    made = engines.migrating(f"sqlite:///{tmp_path_factory.mktemp('plans')}/x.db")
    migrate.migrate(made)
    yield made
    made.dispose()


QUESTIONS = {
    **{
        f"{noun.name} by {by or 'key'}": STATEMENTS.selects(noun, by, [])[0]
        for noun in TABLES.values()
        for by in ("", *noun.indexes)
    },
    **{f"{noun.name}, deleted": STATEMENTS.deletes(noun, [])[0] for noun in TABLES.values()},
    **{
        f"lanes: {name}": getattr(LANES, f"_{name}")
        for name in ("clear", "fill", "accounts", "due", "ready", "sending", "attempts")
    },
}


@pytest.mark.parametrize("sql", QUESTIONS.values(), ids=QUESTIONS)
def test_no_table_is_scanned(empty, sql) -> None:
    """Of every table only the rows asked for are read."""
    with empty.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("[]",) * sql.count("?"))
        steps = [row[3] for row in plan]
    # `a` is the list of accounts that the recursion itself makes.
    assert [
        s for s in steps if s.startswith("SCAN ") and s.split()[1] not in ("json_each", "a", "k")
    ] == []
    assert any(s.startswith("SEARCH ") for s in steps)
