"""A charge that is rated in runs books what OpenMeter's own tests expect, also when earlier usage changes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from backend.engine.charge.booked import BookedRow, Charge, rate_until
from backend.engine.charge.delta import rate_delta
from backend.engine.charge.period_preserving import Run, rate_preserving
from backend.engine.charge.subtract import subtract
from backend.engine.invoice.totals import sum_totals
from backend.engine.period import Period
from backend.engine.rate.lines import LineToRate
from backend.engine.rate.prices import Commitment
from tests.engine import prices
from tests.engine.test_rating_vectors import exact, totals_of
from tests.engine.vectors import Case, cases, period


def charge_of(given: Case, whole: Period) -> Charge:
    given_discounts = given.get("discounts") or {}
    percentage = given_discounts.get("percentage")
    if percentage:
        given_discounts = given_discounts | {"percentage": {"correlationId": "", **percentage}}
    line = LineToRate(
        name="feature",
        currency=given["currency"],
        price=prices.price(given["price"]),
        period=whole,
        discounts=prices.discounts(given_discounts),
        commitment=prices.commitment(given["price"]),
    )
    return Charge(line, whole)


def row_of(row: BookedRow, wanted: Case) -> Case:
    shown = {
        "childUniqueReferenceId": row.reference,
        "category": row.category,
        "quantity": row.quantity,
        "perUnitAmount": row.per_unit_amount,
        "totals": totals_of(row.totals),
        "servicePeriod": row.period,
        "correctsRunId": row.corrects_run_id,
    }
    return {key: shown[key] for key in {**wanted, **({"correctsRunId": ""} if row.corrects_run_id else {})}}


def check(rows: list[BookedRow], expected: Case) -> None:
    wanted = exact(expected["detailedLines"])
    assert isinstance(wanted, list)
    assert [row_of(row, want) for row, want in zip(rows, wanted, strict=True)] == wanted
    assert totals_of(sum_totals(row.totals for row in rows)) == exact(expected["totals"])


def kept(rows: list[BookedRow], phase: int) -> list[BookedRow]:
    """The rows as a caller keeps them, each with an id."""
    return [replace(row, id=f"phase-{phase}-line-{number}") for number, row in enumerate(rows, start=1)]


def by_shape(row: BookedRow) -> str:
    """How the vectors of a plain subtraction name a row that takes another one back."""
    shape = f"category={row.category}:payment_term={row.payment_term}:per_unit_amount={row.per_unit_amount}"
    return f"{row.price_reference}#reversal:{shape}"


@pytest.mark.parametrize(("given", "expected"), cases("rating", "charge_subtract"))
def test_a_rating_is_taken_off_another(given: Case, expected: Case) -> None:
    whole = period(given["servicePeriod"])
    charge = charge_of(given, whole)
    unbound = replace(charge.line, commitment=Commitment(maximum=charge.line.commitment.maximum))
    before = rate_until(Charge(unbound, whole), whole, Decimal(given["previousCumulativeMeteredQuantity"]))
    now = rate_until(charge, whole, Decimal(given["newCumulativeMeteredQuantity"]))
    check(subtract(now, before, by_shape), expected)


@pytest.mark.parametrize(("given", "expected"), cases("rating", "charge_delta"))
def test_every_run_books_what_changed_on_its_own_period(given: Case, expected: Case) -> None:
    charge = charge_of(given, period(given["fullServicePeriod"]))
    booked: list[BookedRow] = []
    for number, (phase, want) in enumerate(zip(given["phases"], expected["phases"], strict=True), start=1):
        rows = rate_delta(charge, period(phase["period"]), Decimal(phase["cumulativeMeteredQuantity"]), booked)
        check(rows, want)
        booked += kept(rows, number)


@pytest.mark.parametrize(("given", "expected"), cases("rating", "charge_period_preserving"))
def test_late_usage_is_booked_on_the_period_it_belongs_to(given: Case, expected: Case) -> None:
    charge = charge_of(given, period(given["fullServicePeriod"]))
    booked: list[tuple[BookedRow, ...]] = []
    for number, (phase, want) in enumerate(zip(given["phases"], expected["phases"], strict=True), start=1):
        known = [Decimal(usage) for usage in phase["cumulativeUsageAtEndOfEachPhaseAsKnownNow"]]
        runs = [
            Run(period(run["period"]), usage, run.get("runId"), rows)
            for run, usage, rows in zip(given["phases"], known, [*booked, ()], strict=False)
        ]
        rows = rate_preserving(charge, runs[:-1], runs[-1])
        check(rows, want)
        booked.append(tuple(kept(rows, number)))
