"""Usage queries: windows, groups and filters over the raw events, in exact decimals."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.engine.period import Period
from backend.errors import Invalid, NotFound
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service
from backend.metering.models import Meter
from backend.metering.service import MeterInput, UsageQuery, UsageRow
from tests.conftest import Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARCH = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def meter(ctx: Context, aggregation: Aggregation = Aggregation.SUM, **more: Any) -> Meter:
    wanted: dict[str, Any] = {
        "slug": "tokens",
        "aggregation": aggregation,
        "event_type": "prompt",
        "value_property": None if aggregation is Aggregation.COUNT else "$.tokens",
        "group_by": {"model": "$.model", "kind": "$.details.kind"},
    }
    return service.create_meter(ctx, MeterInput(**(wanted | more)))


def send(ctx: Context, *events: tuple[datetime | str, str, Any]) -> None:
    """Store events of (time, subject, data or just the number of tokens)."""
    ingest.ingest(
        ctx,
        [
            CloudEvent(
                id=f"{time}-{subject}-{index}",
                source="test",
                type="prompt",
                subject=subject,
                time=at(time) if isinstance(time, str) else time,
                data=data
                if isinstance(data, str)
                else json.dumps(data if isinstance(data, dict) else {"tokens": data}),
            )
            for index, (time, subject, data) in enumerate(events)
        ],
    )


def ask(ctx: Context, of: Meter, **asked: Any) -> list[UsageRow]:
    return service.query(ctx, of, UsageQuery(**asked))


def values(rows: Sequence[UsageRow]) -> list[str]:
    return [str(row.value) for row in rows]


@pytest.mark.parametrize(
    ("aggregation", "value"),
    [
        (Aggregation.SUM, "15.3"),
        (Aggregation.COUNT, "7"),
        (Aggregation.UNIQUE_COUNT, "4"),
        (Aggregation.AVG, "5.1"),
        (Aggregation.MIN, "0.1"),
        (Aggregation.MAX, "15"),
        (Aggregation.LATEST, "15"),
    ],
)
def test_every_aggregation_skips_values_that_are_none(work: Work, aggregation: Aggregation, value: str) -> None:
    with work(now=NOON) as ctx:
        send(
            ctx,
            ("2026-03-01T10:00:00", "acme", 0.1),
            ("2026-03-01T10:01:00", "acme", {"tokens": "0.2"}),
            ("2026-03-01T10:01:00", "acme", 15),
            ("2026-03-01T10:02:00", "acme", {"tokens": None}),
            ("2026-03-01T10:03:00", "acme", {}),
            ("2026-03-01T10:04:00", "acme", {"tokens": "NaN"}),
            ("2026-03-01T10:05:00", "acme", {"tokens": None, "model": "x"}),
        )
        assert values(ask(ctx, meter(ctx, aggregation))) == [value]


def test_sums_are_exact(work: Work) -> None:
    with work(now=NOON) as ctx:
        send(ctx, *[("2026-03-01T10:00:00", "acme", '{"tokens": 0.1}')] * 10)
        send(ctx, ("2026-03-02T10:00:00", "acme", '{"tokens": 123456789012345678901234567890.000000000000000000001}'))
        assert values(ask(ctx, meter(ctx))) == ["123456789012345678901234567891.000000000000000000001"]


def test_the_end_belongs_to_the_next_window(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        send(ctx, *[(f"2026-03-01T10:{minute}", "acme", 1) for minute in ("00:00", "00:59", "01:00", "02:00")])
        rows = ask(ctx, tokens, start=at("2026-03-01T10:00"), end=at("2026-03-01T10:02"), window=WindowSize.MINUTE)
        assert [(row.window.start.minute, row.window.end.minute, str(row.value)) for row in rows] == [
            (0, 1, "2"),
            (1, 2, "1"),
        ]


def test_only_windows_with_events_are_answered_and_always_whole(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        send(ctx, *[(time, "acme", 1) for time in ("2026-03-01T10:10", "2026-03-01T10:40", "2026-03-01T14:59:59")])
        rows = ask(ctx, tokens, start=at("2026-03-01T10:30"), window=WindowSize.HOUR)
        assert [(row.window.start.hour, row.window.end.hour, str(row.value)) for row in rows] == [
            (10, 11, "1"),
            (14, 15, "1"),
        ]


def test_days_and_months_follow_the_calendar_of_the_zone(work: Work) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        send(ctx, ("2026-03-28T22:59:59", "a", 1), ("2026-03-28T23:00:00", "a", 2), ("2026-03-29T21:59:59", "a", 4))
        days = ask(ctx, tokens, window=WindowSize.DAY, zone=berlin)
        assert values(days) == ["1", "6"]
        assert days[1].window == Period(at("2026-03-28T23:00"), at("2026-03-29T22:00"))
        (month,) = ask(ctx, tokens, window=WindowSize.MONTH, zone=berlin)
        assert month.window == Period(at("2026-02-28T23:00"), at("2026-03-31T22:00"))


def test_without_windows_a_row_spans_what_was_asked_or_the_minutes_of_its_events(work: Work) -> None:
    inside = MARCH.start + timedelta(milliseconds=1)
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        send(ctx, ("2026-03-01T10:00:30", "acme", 1), ("2026-03-01T11:30:00", "acme", 2))
        spans = [
            ask(ctx, tokens)[0].window,
            ask(ctx, tokens, start=MARCH.start)[0].window,
            ask(ctx, tokens, start=inside, end=MARCH.end)[0].window,
            ask(ctx, tokens, end=MARCH.end)[0].window,
        ]
        assert spans == [
            Period(at("2026-03-01T10:00"), at("2026-03-01T11:31")),
            Period(MARCH.start, at("2026-03-01T11:31")),
            Period(inside, MARCH.end),
            Period(at("2026-03-01T10:00"), MARCH.end),
        ]


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_counting_nothing_is_zero_and_summing_nothing_is_no_row(work: Work, aggregation: Aggregation) -> None:
    with work(now=NOON) as ctx:
        of = meter(ctx, aggregation)
        counts = aggregation in (Aggregation.COUNT, Aggregation.UNIQUE_COUNT)
        rows = ask(ctx, of, start=MARCH.start, end=MARCH.end)
        assert [(row.window, str(row.value)) for row in rows] == ([(MARCH, "0")] if counts else [])
        assert len(ask(ctx, of)) == counts
        assert ask(ctx, of, window=WindowSize.DAY) == ask(ctx, of, subjects=["acme"]) == []
        assert service.usage(ctx, of, ["acme"], MARCH) == 0


def test_subject_filters_also_group(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        send(ctx, ("2026-03-01T10:00", "b", 1), ("2026-03-01T10:00", "a", 2), ("2026-03-01T10:00", "c", 4))
        assert [(row.subject, str(row.value)) for row in ask(ctx, tokens, subjects=["a", "b"])] == [
            ("a", "2"),
            ("b", "1"),
        ]
        assert [row.subject for row in ask(ctx, tokens, group_by=["subject"])] == ["a", "b", "c"]
        assert ask(ctx, tokens)[0].subject is None


def test_customer_filters_also_group_and_follow_the_present_attribution(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        acme = customers.create(ctx, CustomerInput("Acme", key="acme", subject_keys=("acme-eu",))).id
        globex = customers.create(ctx, CustomerInput("Globex", key="globex")).id
        send(ctx, *[("2026-03-01T10:00", subject, 1) for subject in ("acme", "acme-eu", "globex", "stray")])
        both = {row.customer_id: str(row.value) for row in ask(ctx, tokens, customer_ids=[acme, globex])}
        assert both == {acme: "2", globex: "1"}
        (row,) = ask(ctx, tokens, customer_ids=[acme], subjects=["acme-eu", "globex"])
        assert (row.customer_id, row.subject, str(row.value)) == (acme, "acme-eu", "1")
        assert ask(ctx, tokens, customer_ids=[acme], subjects=["stray"]) == []
        customers.update(ctx, globex, CustomerInput("Globex", key="globex", subject_keys=("stray",)))
        assert values(ask(ctx, tokens, customer_ids=[globex])) == ["2"]


def test_groups_are_texts_and_missing_ones_are_empty(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        send(
            ctx,
            ("2026-03-01T10:00", "a", {"tokens": 1, "model": "gpt", "details": {"kind": "input"}}),
            ("2026-03-01T10:00", "a", {"tokens": 2, "model": "gpt", "details": {"kind": "output"}}),
            ("2026-03-01T10:00", "a", {"tokens": 4, "model": 5}),
            ("2026-03-01T10:00", "a", {"tokens": 8, "details": "none"}),
        )
        rows = ask(ctx, tokens, group_by=["model"])
        assert [(dict(row.groups), str(row.value)) for row in rows] == [
            ({"model": ""}, "8"),
            ({"model": "5"}, "4"),
            ({"model": "gpt"}, "3"),
        ]
        assert values(ask(ctx, tokens, group_filters={"kind": ["input", "output"], "model": []})) == ["3"]
        assert values(ask(ctx, tokens, group_filters={"model": ["gpt"], "kind": ["input"]})) == ["1"]
        assert values(ask(ctx, tokens, group_filters={"kind": [""]})) == ["12"]


def test_a_meter_skips_events_before_its_start(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx, event_from=at("2026-03-01T10:30"))
        send(ctx, ("2026-03-01T10:00", "old", 1), ("2026-03-01T10:30", "new", 2))
        assert values(ask(ctx, tokens, start=at("2026-03-01T09:00"))) == ["2"]
        assert service.subjects_of(ctx, tokens) == ["new"]
        assert service.usage(ctx, tokens, ["old", "new"], MARCH) == 2


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"start": NOON, "end": NOON + timedelta(milliseconds=5)}, "from and to cannot be equal"),
        ({"start": NOON, "end": NOON - timedelta(hours=1)}, "from must be before to"),
        ({"group_by": ["customer_id"]}, "customer_id in groupBy needs"),
        ({"group_by": ["color"]}, "color is not a group by"),
        ({"group_filters": {"color": ["red"]}}, "color is not a group by"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(work: Work, asked: dict[str, Any], message: str) -> None:
    with work() as ctx, pytest.raises(Invalid, match=message):
        ask(ctx, meter(ctx), **asked)


def test_an_unknown_customer_is_not_found(work: Work) -> None:
    with work() as ctx, pytest.raises(NotFound):
        ask(ctx, meter(ctx), customer_ids=["01J0000000000000000000000Z"])


def test_many_customers_are_asked_about_as_cheaply_as_one(work: Work, statements: list[str]) -> None:
    with work() as ctx:
        tokens = meter(ctx)
        ids = [customers.create(ctx, CustomerInput(f"C{n}", key=f"c{n}", subject_keys=(f"s{n}",))).id for n in range(9)]
    statements.clear()
    with work() as ctx:
        ask(ctx, tokens, customer_ids=ids[:1])
        one = len(statements)
        ask(ctx, tokens, customer_ids=ids)
    assert len(statements) <= 2 * one


def test_a_customer_can_be_named_by_its_key_and_a_deleted_one_is_not_found(work: Work) -> None:
    with work() as ctx:
        tokens = meter(ctx)
        send(ctx, ("2026-03-01T10:00", "acme", 3))
        acme = customers.create(ctx, CustomerInput("Acme", key="acme")).id
        assert [row.customer_id for row in ask(ctx, tokens, customer_ids=["acme"])] == [acme]
        customers.delete(ctx, acme)
        for name in (acme, "acme"):
            with pytest.raises(NotFound):
                ask(ctx, tokens, customer_ids=[name])


def test_usage_is_one_number_over_all_the_subjects_of_a_customer(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx, Aggregation.UNIQUE_COUNT)
        send(
            ctx, ("2026-03-01T10:00", "a", 1), ("2026-03-01T10:00", "b", {"tokens": "1"}), ("2026-04-01T00:00", "b", 2)
        )
        assert service.usage(ctx, tokens, ("a", "b"), MARCH) == Decimal(1)
        assert service.usage(ctx, tokens, (), MARCH) == 0


def test_usage_can_be_of_one_kind(work: Work) -> None:
    with work(now=NOON) as ctx:
        tokens = meter(ctx)
        send(ctx, ("2026-03-01T10:00", "a", {"tokens": 1, "model": "x"}), ("2026-03-01T10:00", "a", {"tokens": 2}))
        assert service.usage(ctx, tokens, ["a"], MARCH, {"model": "x"}) == 1


def test_namespaces_do_not_see_each_others_usage(work: Work) -> None:
    with work("other", now=NOON) as ctx:
        send(ctx, ("2026-03-01T10:00", "a", 1))
    with work(now=NOON) as ctx:
        assert ask(ctx, meter(ctx)) == []
