"""SQLite finds rows by their ids and usage by its subject, however much else there is."""

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import event
from sqlmodel import SQLModel, col, select

import backend.tables  # noqa: F401 - registers every table
from backend.engine.filter import Filter, Operator
from backend.infra.context import Context
from backend.infra.rows import Row
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent, EventFilter, EventSearch
from backend.metering import repository as metering
from backend.metering.models import UsageDay
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


MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("bounds", [(None, None), (MARCH, None), (None, APRIL), (MARCH, APRIL)])
def test_the_usage_of_a_subject_is_looked_up_hour_by_hour(
    work: Work, bounds: tuple[datetime | None, datetime | None]
) -> None:
    with work(writing=False) as ctx, planned(ctx) as plan:
        list(ingest.events_for(ctx, "prompt", ["acme", "globex"], *bounds, as_stored=True))
    among = ["time>?"] * (bounds[0] is not None) + ["time<?"] * (bounds[1] is not None)
    looked_up = " AND ".join(["namespace=?", "type=?", "<expr>=?", "subject=?", *among])
    assert plan[0] == f"SEARCH usage_event USING INDEX ix_usage_event_hour ({looked_up})"
    assert [step for step in plan if step.startswith("SCAN usage_event")] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_days_of_a_subject_are_looked_up_one_after_another(work: Work) -> None:
    with work(writing=False) as ctx, planned(ctx) as plan:
        bounds = MARCH.date(), APRIL.date()
        list(metering.rollup_days(ctx, "rollup", ["acme", "globex"], *bounds, latest_last=False))
    assert plan[0] == "SEARCH usage_day USING PRIMARY KEY (namespace=? AND rollup=? AND day=? AND subject=?)"
    assert [step for step in plan if step.startswith("SCAN usage_day")] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_subject_used_takes_no_longer_to_find_the_more_others_use(work: Work) -> None:
    use_all_month(work, "acme")
    alone = steps_to_find_usage(work)
    for number in range(10):
        use_all_month(work, f"other-{number}")
    assert steps_to_find_usage(work) == pytest.approx(alone, rel=0.1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_last_event_of_a_type_is_found_without_those_before(work: Work) -> None:
    use_all_month(work, "acme")
    with work(writing=False) as ctx:
        assert steps_of(ctx, partial(ingest.last_times, ctx, ["prompt", "never"]), finding=1) < 100


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_events_of_a_type_are_not_looked_for_where_there_are_none(work: Work) -> None:
    use_all_month(work, "acme")
    later = [CloudEvent(str(day), "test", "image", "acme", APRIL + timedelta(days=day)) for day in range(5)]
    with work() as ctx:
        ingest.ingest(ctx, later)
    by_type = EventSearch({"type": Filter(Operator.EQ, "image")})
    with work(writing=False) as ctx:
        assert steps_of(ctx, partial(ingest.list_events, ctx, EventFilter(MARCH, type="never")), finding=0) < 500
        assert steps_of(ctx, partial(ingest.list_events, ctx, EventFilter(MARCH, type="image")), finding=5) < 500
        assert steps_of(ctx, partial(ingest.find_events, ctx, by_type), finding=5) < 500


def use_all_month(work: Work, subject: str) -> None:
    """A prompt in the middle of each hour of March, and a day of the rollup for each day."""
    hours = [MARCH + timedelta(hours=hour) for hour in range(31 * 24)]
    with work() as ctx:
        ingest.ingest(ctx, [CloudEvent(f"{subject}-{hour}", "test", "prompt", subject, hour) for hour in hours])
        rows = [
            UsageDay(
                namespace=ctx.namespace,
                rollup="rollup",
                subject=subject,
                day=day.date(),
                groups_key="",
                groups="[]",
                events=24,
                value=Decimal(24),
                first_at=day,
                last_at=day,
            )
            for day in hours[::24]
        ]
        ctx.session.add_all(rows)


def steps_to_find_usage(work: Work) -> list[int]:
    """How many steps SQLite takes to find the month of a subject in the rollup, and in the events."""
    with work(writing=False) as ctx:
        days = partial(metering.rollup_days, latest_last=False)
        events = partial(ingest.events_for, as_stored=True)
        return [
            steps_of(ctx, partial(days, ctx, "rollup", ["acme"], MARCH.date(), APRIL.date()), finding=31),
            steps_of(ctx, partial(events, ctx, "prompt", ["acme"], MARCH, APRIL), finding=744),
        ]


def steps_of(ctx: Context, look: Callable[[], Iterable[object]], finding: int) -> int:
    driver = ctx.session.connection().connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    steps = itertools.count()
    driver.set_progress_handler(lambda: next(steps) < 0, 1)
    assert len(list(look())) == finding
    driver.set_progress_handler(None, 0)
    return next(steps)


@contextmanager
def planned(ctx: Context) -> Iterator[list[str]]:
    """How SQLite goes about the statements of the block."""
    connection = ctx.session.connection()
    plan: list[str] = []

    def explain(_connection: object, cursor: object, statement: str, values: tuple[object, ...], *_: object) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        plan.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(connection, "before_cursor_execute", explain)
    yield plan
    event.remove(connection, "before_cursor_execute", explain)
