"""The calendar windows usage is charted in: minutes, hours, days and months as the clock on the wall shows them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from backend.engine.period import Period
from backend.errors import Invalid


class WindowSize(StrEnum):
    """How wide a window is (metering spec 3.2)."""

    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    MONTH = "MONTH"


def window_of(instant: datetime, size: WindowSize, zone: tzinfo = UTC) -> Period:
    """The window that contains an instant, in UTC.

    Days and months run from midnight to midnight in the zone, so a day has 23 or 25 hours when its clocks change;
    hours and minutes are always that long. Before year 1 or after 9999 raises Invalid. Source: metering spec 3.2.
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
            return _lasting(instant - past, timedelta(minutes=1))
        case WindowSize.HOUR:
            past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            return _lasting(instant - past, timedelta(hours=1))
        case WindowSize.DAY:
            today = local.date()
            return Period(_midnight(today, zone), _midnight(today + timedelta(days=1), zone))
        case WindowSize.MONTH:
            first = local.date().replace(day=1)
            return Period(_midnight(first, zone), _midnight((first + timedelta(days=31)).replace(day=1), zone))


def _lasting(start: datetime, length: timedelta) -> Period:
    return Period(start, start + length)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
