"""The calendar windows usage is charted in: minutes, hours, days and months as the clock on the wall shows them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from backend.engine.period import RESOLUTION, Period, truncate
from backend.errors import Invalid


class WindowSize(StrEnum):
    """How wide a window is (metering spec 3.2)."""

    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    MONTH = "MONTH"


def window_of(instant: datetime, size: WindowSize, zone: tzinfo = UTC) -> Period:
    """The window that contains an instant, in UTC.

    Days and months run from midnight to midnight in the zone, so a day has 23 or 25 hours when its clocks change.
    Hours and minutes are always that long, but where clocks change by half an hour (Lord Howe) the hour ends or begins
    with the change: windows never overlap. Before year 1 or after 9999 raises Invalid. Source: metering spec 3.2.
    """
    try:
        return _window(instant.astimezone(UTC), instant.astimezone(zone), size, zone)
    except OverflowError:
        raise Invalid(f"The {size.lower()} around {instant:%Y-%m-%d} leaves the calendar.") from None


def windows(period: Period, size: WindowSize, zone: tzinfo = UTC) -> Iterator[Period]:
    """Every window that shares time with a period, whole and in order."""
    instant = period.start
    while instant < period.end:
        window = window_of(instant, size, zone)
        yield window
        instant = window.end


def _window(instant: datetime, local: datetime, size: WindowSize, zone: tzinfo) -> Period:
    match size:
        case WindowSize.MINUTE:
            past = timedelta(seconds=local.second, microseconds=local.microsecond)
            return _steady(Period(instant - past, instant - past + timedelta(minutes=1)), instant, zone)
        case WindowSize.HOUR:
            past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            return _steady(Period(instant - past, instant - past + timedelta(hours=1)), instant, zone)
        case WindowSize.DAY:
            today = local.date()
            return Period(_midnight(today, zone), _midnight(today + timedelta(days=1), zone))
        case WindowSize.MONTH:
            first = local.date().replace(day=1)
            return Period(_midnight(first, zone), _midnight((first + timedelta(days=31)).replace(day=1), zone))


def _steady(window: Period, instant: datetime, zone: tzinfo) -> Period:
    """The window around an instant, cut where the clocks of the zone change by a part of it."""
    width = window.end - window.start
    if zone is UTC:
        return window
    start = _change(window.start, instant, width, zone)
    end = _change(instant, window.end - RESOLUTION, width, zone)
    return Period(start or window.start, end or window.end)


def _change(before: datetime, after: datetime, width: timedelta, zone: tzinfo) -> datetime | None:
    """The first whole second of the clocks' later time; None when they change by no part of a window of this width."""
    if not (_offset(after, zone) - _offset(before, zone)) % width:
        return None
    low, high = truncate(before), truncate(after)
    while high - low > RESOLUTION:
        middle = truncate(low + (high - low) / 2)
        low, high = (low, middle) if _offset(middle, zone) == _offset(after, zone) else (middle, high)
    return high


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
