"""Calendar durations such as "a month", and the rhythm of periods they make when counted from an anchor."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import product

from backend.engine.exact import EXACT, ZERO, exact, plain
from backend.engine.period import Period
from backend.errors import Invalid

_ISO_8601 = re.compile(
    r"(?P<sign>[+-]?)P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?",
    re.ASCII,
)
_MICROSECOND = timedelta(microseconds=1)
_MEAN_YEAR = timedelta(seconds=31_556_952)  # the Gregorian calendar repeats after 400 years of this mean length
_LONGEST = 10_000 * _MEAN_YEAR
_MOST_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Duration:
    """A calendar length of time: a month is not 30 days.

    All parts of one that was read have the same sign; a difference may have both, as in a month less a day.
    """

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: Decimal = ZERO

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read an ISO 8601 duration such as `P1M` or `PT1H30M`, shorter than the calendar; else raises Invalid."""
        match = _ISO_8601.fullmatch(text) if len(text) <= _MOST_CHARACTERS else None
        if match is None:
            raise Invalid(f"{text[:_MOST_CHARACTERS]!r} is not an ISO 8601 duration such as P1M, P1W or PT1H.")
        sign = -1 if match["sign"] == "-" else 1
        whole = {
            part: sign * int(match[part] or 0) for part in ("years", "months", "weeks", "days", "hours", "minutes")
        }
        parsed = cls(**whole, seconds=sign * Decimal((match["seconds"] or "0").replace(",", ".")))
        if not parsed._fits_the_calendar:
            raise Invalid(f"{text!r} is longer than the calendar.")
        return parsed

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Duration:
        """The length from one instant to a later one: as many whole months as fit, and the rest in exact time.

        It leads from the start to exactly the end: from Jan 31 to Feb 28 it is a month, to Mar 1 a month and a day.
        """
        months = 12 * (end.year - start.year) + end.month - start.month
        if _add_months(start, months) > end:
            months -= 1
        rest = end - _add_months(start, months)
        return cls(months=months, days=rest.days, seconds=Decimal(rest // _MICROSECOND % 86_400_000_000).scaleb(-6))

    def __str__(self) -> str:
        """The ISO 8601 form, with the parts as they were given: `P12M` does not become `P1Y`."""
        parts = [
            *map(Decimal, (self.years, self.months, self.weeks, self.days, self.hours, self.minutes)),
            self.seconds,
        ]
        written = [f"{plain(abs(part))}{unit}" if part else "" for part, unit in zip(parts, "YMWDHMS", strict=True)]
        date, time = "".join(written[:4]), "".join(written[4:])
        sign = "-" if any(part < 0 for part in parts) else ""
        return f"{sign}P{date}T{time}" if time else f"{sign}P{date or '0D'}"

    def __add__(self, other: Duration) -> Duration:
        """Both lengths as one, part by part: a month and a month are two months, counted from one start.

        Source: billing spec 3.1.
        """
        return Duration(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    def __sub__(self, other: Duration) -> Duration:
        """What one length lacks to the other, part by part."""
        return Duration(*(getattr(self, part.name) - getattr(other, part.name) for part in fields(self)))

    @property
    def is_positive(self) -> bool:
        """Whether it leads strictly forward in time."""
        return self._mean() > timedelta(0)

    def after(self, instant: datetime, times: int = 1) -> datetime:
        """The instant `times` durations later, or earlier if negative, computed in one step; the answer is in UTC.

        Years, then months, are clamped to the month end (Jan 31 + P1M is Feb 28), then weeks and days, then exact time.
        The calendar is that of the instant's own time zone. Beyond the years 1 to 9999 raises Invalid.
        Source: billing spec 2.1.
        """
        try:
            moved = _add_months(_add_months(instant, 12 * self.years * times), self.months * times)
            moved += timedelta(weeks=self.weeks, days=self.days) * times
            return moved.astimezone(UTC) + self._exact_time(times)
        except (OverflowError, ValueError):
            raise Invalid(f"{self} from {instant:%Y-%m-%d} leaves the calendar.") from None

    @exact()
    def at_least(self, other: Duration) -> bool:
        """Whether this is never shorter than the other, whatever the month and the day's clock change."""
        return all(self._seconds(*sizes) >= other._seconds(*sizes) for sizes in _CALENDARS)

    def _exact_time(self, times: int) -> timedelta:
        """Hours, minutes and seconds of `times` durations, rounded down to the microsecond."""
        micros = EXACT.multiply(self.seconds, Decimal(times * 1_000_000)).to_integral_value(ROUND_FLOOR)
        return timedelta(hours=self.hours, minutes=self.minutes) * times + int(micros) * _MICROSECOND

    @property
    def _fits_the_calendar(self) -> bool:
        try:
            return abs(self._mean()) <= _LONGEST
        except OverflowError:
            return False

    def _mean(self) -> timedelta:
        calendar_part = self.years * _MEAN_YEAR + self.months * _MEAN_YEAR / 12
        return calendar_part + timedelta(weeks=self.weeks, days=self.days) + self._exact_time(1)

    def _seconds(self, days_per_month: int, hours_per_day: int) -> Decimal:
        days = (12 * self.years + self.months) * days_per_month + 7 * self.weeks + self.days
        return ((days * hours_per_day + self.hours) * 60 + self.minutes) * 60 + self.seconds


HOUR = Duration(hours=1)
DAY = Duration(days=1)
WEEK = Duration(weeks=1)
MONTH = Duration(months=1)
YEAR = Duration(years=1)
NAMED_INTERVALS: dict[str, Duration] = {"DAY": DAY, "WEEK": WEEK, "MONTH": MONTH, "YEAR": YEAR}

_CALENDARS = tuple(product((28, 29, 30, 31), (23, 24, 25)))


def interval(text: str) -> Duration:
    """Read `DAY`, `WEEK`, `MONTH`, `YEAR` or an ISO 8601 duration; anything else raises Invalid."""
    return NAMED_INTERVALS.get(text) or Duration.parse(text)


@exact()
def divides(smaller: Duration, larger: Duration) -> bool:
    """Whether a whole number of the smaller always makes the larger.

    Always means for every month of 28 to 31 days and every day of 23 to 25 hours: P1D divides P1M, P1W does not.
    Both must be longer than zero. Source: billing spec 1.3.
    """
    pairs = [(smaller._seconds(*sizes), larger._seconds(*sizes)) for sizes in _CALENDARS]
    return all(small > 0 and large > 0 and large % small == 0 for small, large in pairs)


def aligned(one: Duration, other: Duration) -> bool:
    """Whether two billing cadences fit together: equal, or one divides the other (billing spec 1.3)."""
    return one == other or divides(one, other) or divides(other, one)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The instants `anchor + n * interval`, each counted from the anchor, so that month ends do not drift.

    The interval must be positive, else Invalid. The anchor may lie before or after the time asked about.
    Source: billing spec 2.2, metering spec 8.
    """

    interval: Duration
    anchor: datetime

    def __post_init__(self) -> None:
        if not self.interval.is_positive:
            raise Invalid(f"A recurrence needs an interval longer than zero, not {self.interval}.")

    def occurrence(self, number: int) -> datetime:
        """The n-th instant; 0 is the anchor, negative ones lie before it."""
        return self.interval.after(self.anchor, number)

    def index_at(self, instant: datetime) -> int:
        """The number of the last occurrence at or before an instant."""
        number = (instant - self.anchor) // self.interval._mean()
        while self.occurrence(number) > instant:
            number -= 1
        while self.occurrence(number + 1) <= instant:
            number += 1
        return number

    def period_at(self, instant: datetime) -> Period:
        """The period between two neighbouring occurrences that contains an instant."""
        number = self.index_at(instant)
        return Period(self.occurrence(number), self.occurrence(number + 1))

    def next_after(self, instant: datetime, *, inclusive: bool) -> datetime:
        """The first occurrence after an instant; `inclusive` accepts the instant itself."""
        period = self.period_at(instant)
        return period.start if inclusive and period.start == instant else period.end

    def prev_before(self, instant: datetime, *, inclusive: bool) -> datetime:
        """The last occurrence before an instant; `inclusive` accepts the instant itself."""
        number = self.index_at(instant)
        start = self.occurrence(number)
        return self.occurrence(number - 1) if start == instant and not inclusive else start


def _add_months(instant: datetime, months: int) -> datetime:
    """Move by calendar months, keeping the day or clamping it to the month end."""
    if months == 0:
        return instant
    year, month0 = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month0 + 1)[1]
    return instant.replace(year=year, month=month0 + 1, day=min(instant.day, last_day))
