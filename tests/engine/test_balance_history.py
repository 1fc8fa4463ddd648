"""The chart of a quota: every window, its usage, and the balance it started with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from backend.engine.credit.balance_history import BalanceHistory, HistoryQuery, balance_history
from backend.engine.credit.burn_down import Allowance
from backend.engine.credit.grant import Grant
from backend.engine.credit.snapshot import Snapshot
from backend.engine.meter.definition import Aggregation
from backend.engine.meter.window import WindowSize
from backend.engine.period import Period
from backend.engine.usage_period import Reset
from backend.errors import Invalid
from tests.engine.quotas import Event, metered

D = Decimal
START = datetime(2025, 1, 1, tzinfo=UTC)
ONE = Grant("one", D(100), START, START, max_rollover=D(100))


def at(hour: int, minute: int = 0) -> datetime:
    return START + timedelta(hours=hour, minutes=minute)


def used(*events: tuple[int, int]) -> list[Event]:
    return [(at(hour, 30), D(quantity)) for hour, quantity in events]


def chart(allowance: Allowance, events: list[Event], query: HistoryQuery, begin: datetime = START) -> BalanceHistory:
    start = Snapshot.starting(allowance.grants, begin)
    return balance_history(allowance, start, query, metered(allowance.aggregation, events))


def rows(found: BalanceHistory) -> list[tuple[datetime, int, int]]:
    return [(window.period.start, int(window.usage), int(window.balance_at_start)) for window in found.windows]


def hourly(start: datetime, end: datetime) -> HistoryQuery:
    return HistoryQuery(Period(start, end), WindowSize.HOUR)


def test_windows_without_usage_are_charted_too() -> None:
    found = chart(Allowance((ONE,)), used((0, 10), (2, 20)), hourly(at(0), at(4)))
    assert rows(found) == [(at(0), 10, 100), (at(1), 0, 90), (at(2), 20, 90), (at(3), 0, 70)]


def test_a_window_that_spans_a_reset_has_its_plain_usage() -> None:
    allowance = Allowance((ONE,), (Reset(at(1, 45)),))
    events = [*used((0, 10), (1, 110)), (at(1, 50), D(5))]
    found = chart(allowance, events, hourly(at(0), at(3)))
    assert rows(found) == [(at(0), 10, 100), (at(1), 115, 90), (at(2), 0, 0)]
    assert [segment.is_rollover for segment in found.run.history.segments] == [False, True, False]


def test_overage_shows_as_an_empty_balance_until_a_grant_pays_it() -> None:
    late = replace(ONE, id="late", effective_at=at(1, 20))
    found = chart(Allowance((ONE, late)), used((0, 130)), hourly(at(0), at(3)))
    assert rows(found) == [(at(0), 130, 100), (at(1), 0, 0), (at(2), 0, 70)]


def test_the_last_window_ends_with_the_question_in_the_next_full_minute() -> None:
    events = [(at(1, 10) + timedelta(seconds=30), D(1)), (at(1, 11), D(1))]
    found = chart(Allowance((ONE,)), events, hourly(at(1, 5), at(1, 10) + timedelta(seconds=5)))
    assert rows(found) == [(at(1), 1, 100)]
    assert found.windows[0].period.end == at(2)
    assert found.run.snapshot.at == at(1, 11)


def test_windows_that_begin_before_the_measurement_are_left_out() -> None:
    grant = replace(ONE, effective_at=at(0, 20))
    found = chart(Allowance((grant,)), used((0, 10), (1, 10)), hourly(at(0, 20), at(2)), begin=at(0, 20))
    assert rows(found) == [(at(1), 10, 90)]
    assert found.run.history.segments[0].period.start == at(0, 20)
    with pytest.raises(Invalid, match="cannot start before"):
        chart(Allowance((grant,)), [], hourly(at(0), at(2)), begin=at(0, 20))


def test_days_are_those_of_the_zone() -> None:
    begin = datetime(2025, 3, 28, 23, tzinfo=UTC)
    query = HistoryQuery(
        Period(begin, datetime(2025, 3, 31, 22, tzinfo=UTC)), WindowSize.DAY, ZoneInfo("Europe/Budapest")
    )
    found = chart(Allowance((replace(ONE, effective_at=begin),)), [], query, begin=begin)
    assert [window.period.length for window in found.windows] == [timedelta(hours=hours) for hours in (24, 23, 24)]


def test_the_level_of_a_latest_meter_is_charted_from_where_it_was_set() -> None:
    allowance = Allowance((ONE,), aggregation=Aggregation.LATEST)
    found = chart(allowance, used((0, 30), (3, 40)), hourly(at(2), at(5)))
    assert rows(found) == [(at(2), 0, 70), (at(3), 40, 70), (at(4), 0, 60)]


def test_unique_usage_of_a_window_is_counted_in_that_window() -> None:
    allowance = Allowance((ONE,), aggregation=Aggregation.UNIQUE_COUNT)
    found = chart(allowance, used((0, 1), (1, 1), (1, 2), (2, 2)), hourly(at(0), at(4)))
    assert rows(found) == [(at(0), 1, 100), (at(1), 2, 99), (at(2), 1, 98), (at(3), 0, 98)]
