"""Day rollups never say anything else than the raw events, whatever comes late, twice or meanwhile."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import func, select

from backend.engine.meter.aggregate import ROLLED_UP
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.engine.period import Period
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.models import UsageEvent
from backend.ingest.service import CloudEvent
from backend.metering import service
from backend.metering.models import Meter, UsageDay
from backend.metering.service import MeterChange, MeterInput, UsageQuery
from tests.conftest import Work

START = datetime(2026, 3, 1, tzinfo=UTC)
AGGREGATIONS = sorted(ROLLED_UP)
GROUPS = {"model": "$.model", "a": "$.a"}

instants = st.integers(0, 4 * 48).map(lambda half_hours: START + timedelta(minutes=30 * half_hours, seconds=half_hours))
data = st.sampled_from(
    [
        '{"n": 0.1, "model": "x"}',
        '{"n": "-2.50", "model": "y", "a": 1}',
        '{"n": 1e30, "a": "long%s"}' % ("!" * 80),
        '{"n": 12345678901234567890.123456789012345678901234567890}',
        '{"n": null, "model": "x"}',
        '{"n": "abc"}',
        None,
    ]
)
events = st.builds(
    lambda id_, subject, at, text: CloudEvent(str(id_), "app", "prompt", subject, at, text),
    st.integers(0, 60),
    st.sampled_from(["acme", "globex", "initech"]),
    instants,
    data,
)
steps = st.lists(
    st.one_of(
        st.lists(events, min_size=1, max_size=8),
        st.sampled_from(["regroup", "create"]),
    ),
    min_size=1,
    max_size=6,
)
edges = st.none() | instants
questions = st.builds(
    lambda ends, window, subjects, group_by, filters: UsageQuery(
        *ends, window, subjects=subjects, group_by=group_by, group_filters=filters
    ),
    st.tuples(edges, edges).filter(lambda ends: None in ends or ends[0] < ends[1]),
    st.sampled_from([None, WindowSize.DAY, WindowSize.MONTH, WindowSize.HOUR]),
    st.sampled_from([(), ("acme",), ("acme", "globex")]),
    st.sampled_from([(), ("model",), ("subject", "model")]),
    st.sampled_from([{}, {"model": ["x", ""]}, {"model": ["y"]}]),
)


def create(ctx: Context, aggregation: Aggregation, event_from: datetime | None = None) -> Meter:
    path = None if aggregation is Aggregation.COUNT else "$.n"
    slug = f"m{new_id().lower()}"
    return service.create_meter(
        ctx, MeterInput(slug, aggregation, "prompt", path, {"model": "$.model"}, event_from=event_from)
    )


def from_raw(ctx: Context, meter: Meter, asked: UsageQuery) -> Any:
    """The same question without the rollup."""
    ctx.session.flush()
    rollup, meter.rollup = meter.rollup, None
    try:
        return service.query(ctx, meter, asked)
    finally:
        meter.rollup = rollup


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    aggregation=st.sampled_from(AGGREGATIONS),
    event_from=edges,
    taken=steps,
    asked=st.lists(questions, min_size=3, max_size=6),
)
def test_rollups_agree_with_the_raw_events(
    work: Work,
    aggregation: Aggregation,
    event_from: datetime | None,
    taken: Sequence[Any],
    asked: Sequence[UsageQuery],
) -> None:
    namespace = new_id()
    with work(namespace) as ctx:
        meters = [create(ctx, aggregation, event_from).id]
    for step in taken:
        with work(namespace) as ctx:
            if step == "create":
                meters.append(create(ctx, aggregation).id)
            elif step == "regroup":
                service.update_meter(ctx, meters[0], MeterChange(group_by=GROUPS))
            else:
                ingest.ingest(ctx, step)
    with work(namespace) as ctx:
        for meter in (service.get_meter(ctx, meter_id) for meter_id in meters):
            for question in asked:
                assert service.query(ctx, meter, question) == from_raw(ctx, meter, question)


def test_a_month_is_read_from_days_and_its_edges_from_events(work: Work) -> None:
    with work(now=START) as ctx:
        meter = create(ctx, Aggregation.SUM)
        sent = [
            CloudEvent(str(n), "app", "prompt", "acme", START + timedelta(hours=n), '{"n": "0.1"}') for n in range(96)
        ]
        ingest.ingest(ctx, [*sent, *sent])
        days = ctx.session.exec(select(UsageDay).order_by(UsageDay.day)).all()
        assert [(day.events, day.value) for day in days] == [(24, Decimal("2.4"))] * 4
        period = Period(START + timedelta(hours=20), START + timedelta(hours=76))
        assert service.usage(ctx, meter, ["acme", "globex"], period) == Decimal("5.6")
        assert service.usage(ctx, meter, [], period) == 0
        ctx.session.connection().execute(delete(UsageEvent))
        assert service.usage(ctx, meter, ["acme"], period) == Decimal("4.8"), "the two whole days"


def test_every_aggregation_is_rolled_up(work: Work) -> None:
    assert ROLLED_UP.keys() == set(Aggregation)
    with work() as ctx:
        assert all(create(ctx, aggregation).rollup for aggregation in Aggregation)


def test_a_deleted_meter_still_answers_by_its_id(work: Work) -> None:
    with work(now=START) as ctx:
        meter = create(ctx, Aggregation.COUNT)
        ingest.ingest(ctx, [CloudEvent("1", "app", "prompt", "acme")])
        service.delete_meter(ctx, meter.slug)
    with work(now=START) as ctx:
        ingest.ingest(ctx, [CloudEvent("2", "app", "prompt", "acme")])
        [row] = service.query(ctx, service.get_meter(ctx, meter.id), UsageQuery())
        assert row.value == 2
        assert ctx.session.exec(select(func.count()).select_from(UsageDay)).one() == 0


@pytest.mark.parametrize("threads", [3])
def test_a_meter_created_while_events_come_in_counts_each_once(work: Work, threads: int) -> None:
    def send(sender: int) -> None:
        for number in range(40):
            with work(now=START) as ctx:
                ingest.ingest(ctx, [CloudEvent(f"{sender}/{number}", "app", "prompt", "acme", data='{"n": 1}')])

    senders = [Thread(target=send, args=(number,)) for number in range(threads)]
    for sender in senders:
        sender.start()
    created = []
    for _ in range(6):
        with work(now=START) as ctx:
            created.append(create(ctx, Aggregation.SUM).id)
    for sender in senders:
        sender.join()
    with work(now=START + timedelta(days=1)) as ctx:
        for meter in (service.get_meter(ctx, meter_id) for meter_id in created):
            whole = Period(START, START + timedelta(days=1))
            assert service.usage(ctx, meter, ["acme"], whole) == 40 * threads
            assert meter.rollup is not None
