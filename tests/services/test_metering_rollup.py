"""Day rollups never say anything else than the raw events, whatever comes late, twice or meanwhile."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

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
from backend.jobs import rollups
from backend.metering import rollup, service
from backend.metering.models import Meter, UsageDay
from backend.metering.service import MeterChange, MeterInput, UsageQuery
from tests.conftest import Work

START = datetime(2026, 3, 28, tzinfo=UTC)
"""Four days with a change of the clocks and the end of a month."""

GROUPS = {"model": "$.model", "a": "$.a"}

instants = st.sampled_from([START, START + timedelta(hours=30)]) | st.integers(0, 4 * 48).map(
    lambda half_hours: START + timedelta(minutes=30 * half_hours, seconds=half_hours)
)
data = st.sampled_from(
    [
        '{"n": 0.1, "model": "x"}',
        '{"n": "-2.50", "model": "y", "a": 1}',
        '{"n": 1e30, "a": "long%s"}' % ("!" * 80),
        '{"n": 12345678901234567890.123456789012345678901234567890}',
        '{"n": null, "model": "x"}',
        '{"n": "abc"}',
        '{"n": 7, "model": null}',
        '{"n": true, "model": 7}',
        '{"n": 1e309, "a": [1]}',
        '{"model": "y"}',
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
        st.sampled_from(["regroup", "create", "fill"]),
    ),
    min_size=1,
    max_size=6,
)
edges = st.none() | instants
questions = st.builds(
    lambda ends, window, zone, subjects, group_by, filters: UsageQuery(
        *ends, window, zone, subjects=subjects, group_by=group_by, group_filters=filters
    ),
    st.tuples(edges, edges).filter(lambda ends: None in ends or ends[0] < ends[1]),
    st.sampled_from([None, *WindowSize]),
    st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")]),
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
    kept, meter.rollup = meter.rollup, None
    try:
        return service.query(ctx, meter, asked)
    finally:
        meter.rollup = kept


def agree(work: Work, namespace: str, meters: Sequence[str], asked: Sequence[UsageQuery]) -> None:
    with work(namespace) as ctx:
        for meter in (service.get_meter(ctx, meter_id) for meter_id in meters):
            for question in asked:
                assert service.query(ctx, meter, question) == from_raw(ctx, meter, question)


def fill_all(work: Work, namespace: str) -> int:
    """Fill every rollup; says how many slices that took."""
    slices = 0
    while True:
        with work(namespace) as ctx:
            if not service.is_filling_rollups(ctx):
                return slices
            service.fill_rollup(ctx)
        slices += 1


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a rollup be filled with a few events at a time."""
    monkeypatch.setattr(rollup, "SLICE", 4)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    aggregation=st.sampled_from(Aggregation),
    event_from=edges,
    taken=steps,
    asked=st.lists(questions, min_size=3, max_size=6),
)
def test_rollups_agree_with_the_raw_events(
    work: Work,
    small_slices: None,
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
            elif step == "fill":
                service.fill_rollup(ctx)
            else:
                ingest.ingest(ctx, step)
    agree(work, namespace, meters, asked)
    fill_all(work, namespace)
    agree(work, namespace, meters, asked)


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


def test_months_of_another_zone_are_read_from_days_but_for_those_at_their_edges(work: Work) -> None:
    with work(now=START) as ctx:
        meter = create(ctx, Aggregation.COUNT)
        hours = [START + timedelta(hours=n) for n in range(120)]
        ingest.ingest(ctx, [CloudEvent(str(at), "app", "prompt", "acme", at) for at in hours])
        asked = UsageQuery(window=WindowSize.MONTH, zone=ZoneInfo("Europe/Berlin"))
        assert [row.value for row in service.query(ctx, meter, asked)] == [4 * 24 - 2, 24 + 2]
        ctx.session.connection().execute(delete(UsageEvent))
        assert [row.value for row in service.query(ctx, meter, asked)] == [3 * 24, 24], "all days but March 31"


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


def test_the_days_of_an_ended_rollup_are_removed_little_by_little(work: Work, small_slices: None) -> None:
    def days() -> int:
        with work(writing=False) as ctx:
            return ctx.session.exec(select(func.count()).select_from(UsageDay)).one()

    def sweep(now: datetime) -> bool:
        with work(now=now) as ctx:
            return service.sweep_rollup(ctx)

    with work(now=START) as ctx:
        ended, kept = create(ctx, Aggregation.COUNT), create(ctx, Aggregation.COUNT)
        times = [START - timedelta(days=n) for n in range(9)]
        ingest.ingest(ctx, [CloudEvent(str(at), "app", "prompt", "acme", at) for at in times])
        service.delete_meter(ctx, ended.id)
        service.update_meter(ctx, kept.id, MeterChange(group_by=GROUPS))
    fill_all(work, "default")
    assert days() == 27
    assert not sweep(START + timedelta(seconds=59)), "somebody may still read it"
    later, left = START + timedelta(minutes=2), []
    while sweep(later):
        left.append(days())
    assert left == [23, 19, 18, 14, 10, 9]
    with work(now=later) as ctx:
        assert not service.is_sweeping_rollups(ctx)
        assert [row.value for row in service.query(ctx, service.get_meter(ctx, kept.id), UsageQuery())] == [9]


def test_the_job_fills_and_removes_until_nothing_is_left(work: Work, small_slices: None) -> None:
    with work(now=START) as ctx:
        ended = create(ctx, Aggregation.COUNT)
        times = [START - timedelta(days=n) for n in range(9)]
        ingest.ingest(ctx, [CloudEvent(str(at), "app", "prompt", "acme", at) for at in times])
        service.delete_meter(ctx, ended.id)
        create(ctx, Aggregation.COUNT)
    rollups.run()
    with work(writing=False) as ctx:
        assert not service.is_sweeping_rollups(ctx)
        assert not service.is_filling_rollups(ctx)
        assert ctx.session.exec(select(func.count()).select_from(UsageDay)).one() == 9


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


def test_a_large_rollup_is_filled_in_slices_while_events_come_in(work: Work, small_slices: None) -> None:
    def send(first: int, end: int) -> None:
        with work(now=START) as ctx:
            events = [CloudEvent(str(n), "app", "prompt", "acme", START, '{"n": 1}') for n in range(first, end)]
            ingest.ingest(ctx, [*events, CloudEvent(f"other {first}", "app", "other", "acme", START)])

    def usage() -> Decimal:
        with work(now=START, writing=False) as ctx:
            period = Period(START, START + timedelta(days=1))
            return service.usage(ctx, service.get_meter(ctx, meter_id), ["acme"], period)

    def rolled_up() -> int:
        with work(writing=False) as ctx:
            return ctx.session.exec(select(func.sum(UsageDay.events))).one() or 0

    send(0, 10)
    with work() as ctx:
        meter = create(ctx, Aggregation.SUM)
        meter_id = meter.id
    assert (rolled_up(), usage()) == (4, 10), "the first slice at once; the rest is read from the raw events"
    send(10, 13)
    assert (rolled_up(), usage()) == (7, 13), "what is new is counted at once"
    assert fill_all(work, "default") == 2
    assert (rolled_up(), usage()) == (13, 13)
    with work() as ctx:
        ctx.session.connection().execute(delete(UsageEvent))
    assert usage() == 13, "read from the rollup"


def test_a_fill_goes_on_in_another_process_where_one_was_killed(work: Work, small_slices: None) -> None:
    with work(now=START) as ctx:
        ingest.ingest(ctx, [CloudEvent(str(n), "app", "prompt", "acme", START, '{"n": 1}') for n in range(10)])
        meter_id = create(ctx, Aggregation.SUM).id
    with suppress(KeyboardInterrupt), work() as ctx:
        service.fill_rollup(ctx)
        raise KeyboardInterrupt
    assert fill_all(work, "default") == 2
    with work() as ctx:
        assert ctx.session.exec(select(func.sum(UsageDay.events))).one() == 10
        assert service.get_meter(ctx, meter_id).fill_until is None


@pytest.mark.parametrize("threads", [3])
def test_a_rollup_filled_while_others_store_events_counts_each_once(
    work: Work, small_slices: None, threads: int
) -> None:
    def send(sender: int) -> None:
        for number in range(20):
            with work(now=START) as ctx:
                events = [
                    CloudEvent(f"{sender}/{number}/{n}", "app", "prompt", "acme", START, '{"n": 1}') for n in range(3)
                ]
                ingest.ingest(ctx, events)

    send(99)
    senders = [Thread(target=send, args=(number,)) for number in range(threads)]
    for sender in senders:
        sender.start()
    with work(now=START) as ctx:
        create(ctx, Aggregation.SUM)
    fill_all(work, "default")
    for sender in senders:
        sender.join()
    with work() as ctx:
        assert ctx.session.exec(select(func.sum(UsageDay.events))).one() == (threads + 1) * 60
