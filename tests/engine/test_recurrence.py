"""Calendar durations are read strictly, and recurrences never drift."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.engine.recurrence import DAY, MONTH, WEEK, YEAR, Duration, Recurrence, aligned, divides, interval
from backend.errors import Invalid


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "1M", "P1", "P1H", "PT1D", "P1.5D", "P-1D", "P1M ", "P1D1M", "PT1S1M", "p1m", f"P{'9' * 5000}D"],
)
def test_only_iso_8601_is_read(text: str) -> None:
    with pytest.raises(Invalid, match="ISO 8601"):
        Duration.parse(text)


@pytest.mark.parametrize(
    "text", ["P10001Y", "-P120012M", "P999999999999Y", "P99999999999999999999D", "PT999999999999S"]
)
def test_a_duration_is_shorter_than_the_calendar(text: str) -> None:
    with pytest.raises(Invalid, match="longer than the calendar"):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["P1M", "P12M", "PT1H", "P1Y2M3W4DT5H6M7.5S", "-PT1H", "P0D", "P4W", "PT0.000001S"])
def test_durations_are_written_as_given(text: str) -> None:
    assert str(Duration.parse(text)) == text


def test_intervals_have_names() -> None:
    assert [interval(name) for name in ("DAY", "WEEK", "MONTH", "YEAR", "PT1H")] == [
        DAY, WEEK, MONTH, YEAR, Duration(hours=1),
    ]  # fmt: skip
    with pytest.raises(Invalid):
        interval("FORTNIGHT")


def test_month_ends_do_not_drift() -> None:
    monthly = Recurrence(MONTH, datetime(2025, 1, 31, tzinfo=UTC))
    assert [(day.month, day.day) for day in map(monthly.occurrence, range(-2, 4))] == [
        (11, 30), (12, 31), (1, 31), (2, 28), (3, 31), (4, 30),
    ]  # fmt: skip


def test_many_durations_are_added_in_one_step() -> None:
    start = datetime(2024, 1, 31, tzinfo=UTC)
    assert MONTH.after(start, 2) == datetime(2024, 3, 31, tzinfo=UTC)
    assert MONTH.after(start, -11) == datetime(2023, 2, 28, tzinfo=UTC)
    assert Duration(seconds=Decimal("0.5")).after(start, 3) == datetime(2024, 1, 31, 0, 0, 1, 500000, tzinfo=UTC)


def test_days_are_those_of_the_anchors_own_clock() -> None:
    midnights = Recurrence(DAY, datetime(2025, 3, 30, tzinfo=ZoneInfo("Europe/Budapest")))
    assert midnights.occurrence(0) == datetime(2025, 3, 29, 23, tzinfo=UTC)
    assert midnights.occurrence(1) == datetime(2025, 3, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize("text", ["P0D", "PT0S", "-P1M"])
def test_a_recurrence_moves_forward(text: str) -> None:
    with pytest.raises(Invalid, match="longer than zero"):
        Recurrence(Duration.parse(text), datetime(2025, 1, 1, tzinfo=UTC))


def test_the_calendar_ends() -> None:
    with pytest.raises(Invalid, match="leaves the calendar"):
        YEAR.after(datetime(2025, 1, 1, tzinfo=UTC), 9000)


@pytest.mark.parametrize(("one", "other", "fit"), [("P1M", "P1D", True), ("P1M", "P1W", False), ("P1Y", "PT8H", False)])
def test_cadences_fit_together_both_ways(one: str, other: str, fit: bool) -> None:
    pair = Duration.parse(one), Duration.parse(other)
    assert aligned(*pair) is aligned(*reversed(pair)) is fit
    assert aligned(pair[0], pair[0])
    assert divides(pair[1], pair[0]) is fit


def test_the_least_length_counts() -> None:
    assert DAY.at_least(Duration(hours=1))
    assert not DAY.at_least(Duration(hours=24))
    assert WEEK.at_least(Duration(days=7))


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_the_length_between_two_instants_leads_from_one_to_the_other(one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    between = Duration.between(start, end)
    assert between.after(start) == end
    assume(end.year < 9999)
    assert Duration(months=between.months + 1).after(start) > end
