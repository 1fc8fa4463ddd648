"""SQLite finds rows by their ids, however many rows their namespace has."""

import pytest
from sqlmodel import SQLModel, col, select

import backend.tables  # noqa: F401 - registers every table
from backend.infra.rows import Row
from tests.conftest import Work

ROWS = sorted(
    (mapper.class_ for mapper in SQLModel._sa_registry.mappers if issubclass(mapper.class_, Row)),
    key=lambda kind: kind.__name__,
)

ONE_IN_A_NAMESPACE = {"LateUsageLook", "Namespace"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_few_ids_are_looked_up_and_not_searched_for_in_the_whole_namespace(work: Work) -> None:
    with work(writing=False) as ctx:
        searched = {}
        for kind in ROWS:
            query = select(kind.id).where(kind.namespace == "default", col(kind.id).in_(["a", "b", "c"]))
            asked = query.compile(ctx.session.connection(), compile_kwargs={"literal_binds": True})
            plan = ctx.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
            if not any("(id=?)" in row[3] for row in plan):
                searched[kind.__name__] = plan[0][3]
    assert searched.keys() <= ONE_IN_A_NAMESPACE
