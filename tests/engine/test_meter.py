"""Each aggregation in a line, windows at the edges of the calendar, and values nobody expected."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engine.meter.aggregate import AGGREGATORS, aggregate
from backend.engine.meter.definition import Aggregation, MeterDefinition
from backend.engine.meter.extract import (
    MISSING,
    NO_DATA,
    BadValue,
    Measured,
    extract,
    number_of,
    text_of,
    texts_of,
    values_of,
)
from backend.engine.meter.window import WindowSize, window_of, windows
from backend.engine.period import Period
from backend.errors import Invalid

NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)

usual = st.integers() | st.decimals(-1000, 1000, places=2)
unusual = st.sampled_from(
    [MISSING, NO_DATA, None, True, {"a": 1}, [], "", "1.5", "-2e3", "NaN", "abc", "1e400", 10**309]
    + [Decimal(text) for text in ("-0.0", "1e300", "1e301", "1e309", "1e-599", "1e-1001", "NaN", "sNaN", "-Infinity")]
)
columns = st.lists(usual) | st.lists(st.text()) | st.lists(usual | st.text() | unusual)
"""What stands at one path in the data of many events: of the usual kind in all of them, or in some."""


@pytest.mark.parametrize(
    ("aggregation", "result"),
    [("SUM", "9"), ("COUNT", "4"), ("UNIQUE_COUNT", "3"), ("AVG", "2.25"), ("MIN", "1"), ("MAX", "5"), ("LATEST", "2")],
)
def test_four_events_become_one_number(aggregation: str, result: str) -> None:
    values = [(2, "1"), (9, "2"), (3, "1"), (4, "5")]
    events = [(NOON + timedelta(seconds=second), Decimal(value)) for second, value in values]
    assert aggregate(Aggregation(aggregation), events) == Decimal(result)


def test_every_aggregation_has_an_accumulator() -> None:
    assert set(AGGREGATORS) == set(Aggregation)


def test_of_two_latest_events_the_one_stored_last_counts() -> None:
    assert aggregate(Aggregation.LATEST, [(NOON, Decimal(7)), (NOON, Decimal(3))]) == 3


def test_no_digit_of_a_sum_is_lost() -> None:
    values = [Decimal("1e40"), Decimal("0.000000000000000000000000000001"), Decimal("-1e40")]
    assert aggregate(Aggregation.SUM, [(NOON, value) for value in values]) == Decimal("1e-30")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (True, "value property cannot be parsed"),
        ({"a": 1}, "value property cannot be parsed"),
        (" 1", "value cannot be parsed as float64:  1"),
        ("1_000", "value cannot be parsed as float64: 1_000"),
        ("٣", "value cannot be parsed as float64: ٣"),
        ("1e400", "value cannot be parsed as float64: 1e400"),
        ("-1e309", "value cannot be parsed as float64: -1e309"),
        ("1e400000", "value cannot be parsed as float64: 1e400000"),
        (Decimal("1e309"), "value is out of range"),
        ("0." + "1" * 1001, "value is out of range"),
        (Decimal("NaN"), "value cannot be NaN"),
        (Decimal("-Infinity"), "value cannot be infinity"),
    ],
)
def test_what_is_not_a_number(raw: object, reason: str) -> None:
    assert number_of(raw) == reason


@pytest.mark.parametrize(
    ("raw", "number"), [(1, "1"), ("1e3", "1000"), (".5", "0.5"), ("+2.", "2"), (Decimal("0.10"), "0.1")]
)
def test_what_is_a_number(raw: object, number: str) -> None:
    assert number_of(raw) == Decimal(number)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("GET", "GET"),
        (1, "1"),
        (Decimal("1.50"), "1.5"),
        (None, ""),
        (True, "true"),
        ([1, "a"], '[1,"a"]'),
    ],
)
def test_dimensions_are_text(raw: object, text: str) -> None:
    assert text_of(raw) == text


def test_unique_values_are_told_apart_by_their_text() -> None:
    meter = MeterDefinition(Aggregation.UNIQUE_COUNT, "login", "$.user")
    assert extract(meter, lambda _: 1) == extract(meter, lambda _: "1") == Measured("1", {})
    assert isinstance(extract(meter, lambda _: None), BadValue)


@given(aggregation=st.sampled_from(Aggregation), raws=columns)
def test_events_measured_together_are_worth_what_each_is_worth(aggregation: Aggregation, raws: list[object]) -> None:
    meter = MeterDefinition(aggregation, "prompt", None if aggregation is Aggregation.COUNT else "$.n")
    each = [extract(meter, lambda _, raw=raw: raw) for raw in raws]
    expected = [measured.value if isinstance(measured, Measured) else None for measured in each]
    assert values_of(meter, lambda _: raws, len(raws)) == expected


@given(raws=columns)
def test_dimensions_read_together_are_what_each_reads_as(raws: list[object]) -> None:
    assert texts_of(raws) == [text_of(raw) for raw in raws]


@pytest.mark.parametrize(
    ("size", "zone", "start", "hours"),
    [
        ("MINUTE", "UTC", "2025-06-15T12:00:00+00:00", 0),
        ("HOUR", "Asia/Kolkata", "2025-06-15T11:30:00+00:00", 1),
        ("DAY", "America/New_York", "2025-06-15T04:00:00+00:00", 24),
        ("MONTH", "America/New_York", "2025-06-01T04:00:00+00:00", 720),
    ],
)
def test_the_window_around_noon(size: str, zone: str, start: str, hours: int) -> None:
    window = window_of(NOON + timedelta(seconds=9), WindowSize(size), ZoneInfo(zone))
    assert window.start == datetime.fromisoformat(start)
    assert window.length == (timedelta(hours=hours) or timedelta(minutes=1))


def test_the_hour_that_happens_twice_is_two_windows() -> None:
    zone = ZoneInfo("Europe/Berlin")
    night = Period(datetime(2025, 10, 26, 0, tzinfo=UTC), datetime(2025, 10, 26, 2, tzinfo=UTC))
    hours = list(windows(night, WindowSize.HOUR, zone))
    assert [hour.start.astimezone(zone).hour for hour in hours] == [2, 2]
    [day] = windows(night, WindowSize.DAY, zone)
    assert day.length == timedelta(hours=25)


@pytest.mark.parametrize("day", [datetime(2025, 4, 5, 13, 30, tzinfo=UTC), datetime(2025, 10, 4, 14, tzinfo=UTC)])
def test_hours_join_where_clocks_change_by_half_an_hour(day: datetime) -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    night = Period(day, day + timedelta(hours=2, minutes=15))
    hours = list(windows(night, WindowSize.HOUR, zone))
    assert all(hour.end == following.start for hour, following in pairwise(hours))
    for minute in range(135):
        instant = night.start + timedelta(minutes=minute)
        assert [window_of(instant, WindowSize.HOUR, zone)] == [hour for hour in hours if instant in hour]
    assert [hour.length // timedelta(minutes=1) for hour in hours] == [60, 60, 30, 60]


@pytest.mark.parametrize("change", [datetime(2025, 4, 5, 14, tzinfo=UTC), datetime(2025, 9, 27, 14, tzinfo=UTC)])
def test_an_hour_stays_whole_where_clocks_change_by_an_hour_within_it(change: datetime) -> None:
    zone = ZoneInfo("Pacific/Chatham")
    hour = Period(change - timedelta(minutes=45), change + timedelta(minutes=15))
    assert {window_of(change + timedelta(minutes=late), WindowSize.HOUR, zone) for late in (-45, -1, 0, 14)} == {hour}


def test_days_join_where_midnight_does_not_exist() -> None:
    zone = ZoneInfo("Africa/Cairo")
    span = Period(datetime(2025, 4, 24, tzinfo=UTC), datetime(2025, 4, 27, tzinfo=UTC))
    days = list(windows(span, WindowSize.DAY, zone))
    assert all(day.end == following.start for day, following in pairwise(days))
    assert [day.length // timedelta(hours=1) for day in days] == [24, 23, 24, 24]


def test_the_calendar_has_an_end() -> None:
    with pytest.raises(Invalid, match="leaves the calendar"):
        window_of(datetime.max.replace(tzinfo=UTC), WindowSize.DAY)
