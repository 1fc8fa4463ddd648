"""Questions about usage stand in an address, and their answers add up to what metering says."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.errors import Invalid, NotFound
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.cloudevents import CloudEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput, UsageQuery
from portal.explore import shown
from portal.explore.answer import answer, suggestions
from portal.explore.question import CUSTOMER, SUBJECT, WHOLE, Question, read
from portal.sheet import to_csv
from tests.conftest import Work

NOW = datetime(2026, 3, 30, 12, 0, 30, tzinfo=UTC)


def test_an_address_carries_the_whole_question() -> None:
    asked = Question(
        meter="tokens",
        range="dates",
        start="2026-03-01T00:00",
        end="2026-03-08T00:00",
        window="HOUR",
        zone="Asia/Tokyo",
        by=("customer", "model"),
        subject="a & b",
        where={"model": "gpt=4"},
    )
    assert read(parse_qs(asked.address())) == asked


def test_an_address_cannot_carry_what_no_database_keeps() -> None:
    asked = read({"subject": ["a\0b"], "customer": ["x" * 5000], "by": ["m\0"], "where.model": ["\0"]})
    assert (asked.subject, len(asked.customer), asked.by, asked.where) == ("ab", 256, ("m",), {})


def test_what_is_usual_is_left_out_of_the_address() -> None:
    assert Question(meter="tokens").address() == "meter=tokens"
    assert read({}) == Question()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"range": "__class__"}, "Choose a time"),
        ({"window": "SECOND"}, "Choose a window"),
        ({"zone": "../../etc/passwd"}, "not a time zone"),
        ({"range": "dates"}, "when it starts"),
        ({"range": "dates", "start": "soon", "end": "2026-01-01"}, "soon is not a time"),
        ({"range": "dates", "start": "2026-01-02", "end": "2026-01-02"}, "after the start"),
        ({"range": "dates", "start": "0001-01-01T00:00", "end": "2026-01-01", "zone": "Asia/Tokyo"}, "not a time"),
    ],
)
def test_a_question_without_sense_is_told_in_words(asked: dict[str, str], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        Question(**asked).period(NOW)


def test_more_windows_than_anybody_looks_at_are_refused() -> None:
    asked = Question(range="year", window="MINUTE")
    with pytest.raises(Invalid, match="more than 1,500 windows"):
        asked.check_windows(asked.period(NOW))


def test_days_and_months_begin_at_midnight_in_the_zone() -> None:
    berlin = Question(range="month", zone="Europe/Berlin").period(NOW)
    assert berlin == Period(datetime(2026, 2, 28, 23, tzinfo=UTC), NOW)
    assert Question(range="7d", zone="Europe/Berlin").period(NOW).start == datetime(2026, 3, 22, 23, tzinfo=UTC)
    last = Question(range="last-month", zone="Europe/Berlin").period(NOW)
    assert last == Period(datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC))
    typed = Question(range="dates", start="2026-03-29T00:00", end="2026-03-30T00:00", zone="Europe/Berlin")
    assert typed.period(NOW).length == timedelta(hours=23)


def test_a_short_time_takes_windows_that_fit() -> None:
    hour = Question().changed("range", "1h")
    assert (hour.window, hour.changed("range", "30d").window) == ("MINUTE", "DAY")
    assert Question(window=WHOLE).changed("range", "1h").window == WHOLE
    assert Question().changed("__init__", "x") == Question()


def test_another_meter_keeps_only_what_every_meter_has() -> None:
    asked = Question(meter="tokens", by=("customer", "model"), where={"model": "large"}, subject="app")
    assert asked.changed("meter", "calls") == Question(meter="calls", by=("customer",), subject="app")


def send(ctx: Context, number: int, subject: str, tokens: Any, model: str, time: datetime) -> None:
    data = f'{{"tokens": {tokens}, "model": "{model}"}}'
    event = CloudEvent(id=str(number), source="test", type="prompt", subject=subject, time=time, data=data)
    ingest.ingest(ctx, [event])


@pytest.fixture
def used(work: Work) -> Work:
    """Two customers and a subject that nobody has, with usage on two days of March."""
    with work(now=NOW) as ctx:
        customers.create(ctx, CustomerInput("Acme", key="acme", subject_keys=("acme-app",)))
        customers.create(ctx, CustomerInput("Bolt", key="bolt"))
        path = {"model": "$.model"}
        metering.create_meter(ctx, MeterInput("tokens", Aggregation.SUM, "prompt", "$.tokens", path, name="Tokens"))
        metering.create_meter(ctx, MeterInput("models", Aggregation.UNIQUE_COUNT, "prompt", "$.model"))
        first, second = NOW - timedelta(days=2), NOW - timedelta(hours=1)
        for number, (subject, tokens, model, time) in enumerate(
            [
                ("acme", "0.1", "large", first),
                ("acme-app", "0.2", "small", first),
                ("bolt", "7", "large", second),
                ("stray", "5", "large", second),
            ]
        ):
            send(ctx, number, subject, tokens, model, time)
    return work


def test_usage_by_customer_tells_what_nobody_pays(used: Work) -> None:
    with used(now=NOW) as ctx:
        found = answer(ctx, Question(meter="tokens", by=(CUSTOMER,), window=WHOLE))
        assert [shown.cells(found, row) for row in shown.ordered(found)] == [
            ["Bolt", "7"],
            ["No customer", "5"],
            ["Acme", "0.3"],
        ]
        assert shown.whole_text(found) == "12.3"
        assert [(row.name, row.share) for row in shown.top(found)][:2] == [("Bolt", "56.9%"), ("No customer", "40.7%")]


def test_what_does_not_add_up_is_asked_for_as_a_whole(used: Work) -> None:
    with used(now=NOW) as ctx:
        found = answer(ctx, Question(meter="models", by=(CUSTOMER,)))
        assert sum(row.value for row in found.rows) == 3
        assert found.whole == 2


def test_filters_narrow_and_the_table_names_what_usage_is_broken_down_by(used: Work) -> None:
    with used(now=NOW) as ctx:
        asked = Question(meter="tokens", by=(SUBJECT, "model"), customer="acme", where={"model": "small"})
        found = answer(ctx, asked)
        assert shown.headings(found) == ["Window", "Subject", "model", "Usage"]
        assert [shown.cells(found, row) for row in found.rows] == [["28 Mar 2026", "acme-app", "small", "0.2"]]


def test_the_file_has_the_rows_that_metering_answers(used: Work) -> None:
    with used(now=NOW) as ctx:
        found = answer(ctx, Question(meter="tokens", by=("model",)))
        lines = list(csv.DictReader(io.StringIO(to_csv(shown.sheet(found)))))
        meter, period = metering.get_meter(ctx, "tokens"), found.period
        whole = metering.query(ctx, meter, UsageQuery(period.start, period.end))[0].value
        assert [(line["window_start"][:10], line["model"], line["value"]) for line in lines] == [
            ("2026-03-28", "large", "0.1"),
            ("2026-03-28", "small", "0.2"),
            ("2026-03-30", "large", "12"),
        ]
        assert sum(Decimal(line["value"]) for line in lines) == whole


def test_an_unknown_customer_or_dimension_is_told(used: Work) -> None:
    with used(now=NOW) as ctx:
        with pytest.raises(NotFound, match="no customer"):
            answer(ctx, Question(meter="tokens", customer="nobody"))
        with pytest.raises(Invalid, match="not a group by"):
            answer(ctx, Question(meter="tokens", by=("color",)))


def test_filters_offer_what_had_usage(used: Work) -> None:
    with used(now=NOW) as ctx:
        offered = suggestions(ctx, Question(meter="tokens"))
        assert [value for value, _ in offered.subjects] == ["acme", "acme-app", "bolt", "stray"]
        assert offered.dimensions == {"model": [["large", "large"], ["small", "small"]]}


def test_an_hour_that_clocks_show_twice_is_drawn_twice(work: Work) -> None:
    now = datetime(2026, 10, 25, 12, tzinfo=UTC)
    with work(now=now) as ctx:
        metering.create_meter(ctx, MeterInput("peak", Aggregation.MAX, "prompt", "$.tokens"))
        send(ctx, 1, "app", 4, "m", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
        send(ctx, 2, "app", 6, "m", datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
        found = answer(ctx, Question(meter="peak", range="24h", window="HOUR", zone="Europe/Berlin"))
        assert [shown.window_text(found, row) for row in found.rows] == [
            "25 Oct 2026, 02:00 CEST",
            "25 Oct 2026, 02:00 CET",
        ]
        assert list(shown.figure(found).data[0].y) == [4, 6]
