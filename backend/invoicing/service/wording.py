"""An invoice as finished text, the same on the screen and on paper: its lines, step by step, and its parties."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backend.engine.exact import EXACT, ZERO
from backend.engine.written import MINUS, NOTHING, money, period, quantity, unit_price
from backend.invoicing.correction_models import Correction
from backend.invoicing.models import Invoice
from backend.invoicing.service.read import DetailView, LineView
from backend.invoicing.service.why import why

TIMES = "\N{MULTIPLICATION SIGN}"

REASONS = {
    "ratecard_percentage": "Discount",
    "ratecard_usage": "Free units",
    "maximum_spend": "Above the maximum spend",
}


@dataclass(frozen=True)
class StepInWords:
    """One multiplication under a line, or what was taken off it."""

    name: str
    formula: str
    amount: str


def steps(shown: LineView, currency: str) -> list[StepInWords]:
    """From what was counted to what is due, one step a row."""
    if shown.correction is not None:
        return _correction_rows(shown, shown.correction, currency)
    line, rows = shown.line, list[StepInWords]()
    if shown.metered_quantity is not None:
        rows.append(StepInWords("Counted", quantity(shown.metered_quantity), ""))
        taken = EXACT.subtract(shown.metered_quantity, shown.quantity or ZERO)
        if line.usage_discounts and taken > 0:
            rows.append(StepInWords("Free units", f"{MINUS}{quantity(taken)}", ""))
    rows += [row for detail in shown.details for row in _detail_rows(detail, line.name, currency)]
    if not shown.details:
        rows.append(StepInWords("Nothing to charge", "", money(ZERO, currency)))
    return [*rows, StepInWords("Amount of this line", "", money(shown.totals.total, currency))]


def period_of(invoice: Invoice) -> str:
    """The days an invoice is about."""
    if invoice.period_start is None or invoice.period_end is None:
        return NOTHING
    return period(invoice.period_start, invoice.period_end)


def address(document: Mapping[str, object]) -> str:
    """A postal address in one line."""
    parts = (document.get(name) for name in ("line1", "line2", "postalCode", "postal_code", "city", "state", "country"))
    return ", ".join(str(part) for part in parts if part)


def supplier_address(supplier: Mapping[str, Any]) -> Mapping[str, object]:
    """Where the seller is: the first of its addresses, as billing profiles keep them; empty when none is known."""
    return next(iter(supplier.get("addresses") or ()), {})


def steps_in_money(shown: LineView, currency: str) -> list[StepInWords]:
    """The steps that have an amount; none under a fee without a discount, which says everything by its amount."""
    if shown.correction is not None:
        return steps(shown, currency)[:-1]
    is_plain_fee = shown.metered_quantity is None and not any(detail.amount_discounts for detail in shown.details)
    return [] if is_plain_fee else [step for step in steps(shown, currency)[:-1] if step.amount]


def _correction_rows(shown: LineView, correction: Correction, currency: str) -> list[StepInWords]:
    """What was billed before and what is due; what another invoice books of the difference is told apart."""
    reason = why(correction)
    rows = [
        StepInWords("Billed before", "", money(correction.billed, currency)),
        StepInWords(f"Due: {reason}", "", money(correction.due, currency)),
    ]
    elsewhere = EXACT.subtract(correction.amount, shown.totals.total)
    if elsewhere != ZERO:
        rows.append(StepInWords("Of the difference, on other invoices", "", money(elsewhere, currency)))
    return [*rows, StepInWords("Amount of this line", "", money(shown.totals.total, currency))]


def _detail_rows(detail: DetailView, line_name: str, currency: str) -> list[StepInWords]:
    worth = EXACT.add(detail.totals.amount, detail.totals.charges_total)
    formula = f"{quantity(detail.quantity)} {TIMES} {unit_price(detail.per_unit_amount, currency)}"
    name = detail.name.removeprefix(f"{line_name}: ")
    rows = [StepInWords(name[:1].upper() + name[1:], formula, money(worth, currency))]
    for taken in detail.amount_discounts:
        reason = str(taken.get("description") or REASONS[str(taken["reason"])])
        amount = money(Decimal(str(taken["amount"])).copy_negate(), currency)
        rows.append(StepInWords(reason, "", amount))
    return rows
