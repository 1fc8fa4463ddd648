"""The careful way to bill a charge in runs: late usage is booked on the period it belongs to, as a correction of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from backend.engine.charge.booked import BookedRow, Charge, correction, in_order, rate_until
from backend.engine.charge.subtract import subtract
from backend.engine.period import Period


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a charge: `quantity` is the usage from the charge's start to the end of its period, as known now."""

    period: Period
    quantity: Decimal
    id: str | None = None
    booked: tuple[BookedRow, ...] = ()


def rate_preserving(charge: Charge, runs: Sequence[Run], current: Run) -> list[BookedRow]:
    """The rows of the current run: for each period what it should come to by now, less what is booked on it.

    Rows on the period of an earlier run say which run they correct; references carry their period. Periods do not
    overlap. Source: billing spec 4.7.
    """
    earlier = sorted(runs, key=lambda run: run.period.start)
    expected = _expected(charge, [*earlier, current])
    for period, booked in _by_period(row for run in earlier for row in run.booked).items():
        expected[period] = subtract(expected[period], booked, correction)
    corrected = {run.period: run.id for run in earlier}
    rows = [replace(row, corrects_run_id=corrected.get(period)) for period in expected for row in expected[period]]
    return in_order([replace(row, reference=_stamped(row)) for row in rows])


def _expected(charge: Charge, runs: Sequence[Run]) -> dict[Period, list[BookedRow]]:
    """What each period should come to, had nothing been booked."""
    sofar: list[BookedRow] = []
    for run in runs:
        sofar += subtract(rate_until(charge, run.period, run.quantity), sofar, lambda row: row.reference)
    return _by_period(sofar)


def _by_period(rows: Iterable[BookedRow]) -> dict[Period, list[BookedRow]]:
    periods: dict[Period, list[BookedRow]] = defaultdict(list)
    for row in rows:
        periods[row.period].append(row)
    return periods


def _stamped(row: BookedRow) -> str:
    return f"{row.reference}@[{_instant(row.period.start)}..{_instant(row.period.end)}]"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
