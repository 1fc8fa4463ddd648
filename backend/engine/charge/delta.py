"""The usual way to bill a charge in runs: whatever changed, also earlier usage, is booked on the run's own period."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from backend.engine.charge.booked import BookedRow, Charge, correction, in_order, rate_until
from backend.engine.charge.subtract import subtract
from backend.engine.period import Period


def rate_delta(charge: Charge, period: Period, quantity: Decimal, booked: Iterable[BookedRow]) -> list[BookedRow]:
    """The rows of a run: the usage from the charge's start to the end of this period, less what earlier runs booked.

    `quantity` is that whole usage. Less usage than before gives negative rows. Source: billing spec 4.7.
    """
    left = subtract(rate_until(charge, period, quantity), booked, correction)
    return in_order([replace(row, period=period) for row in left])
