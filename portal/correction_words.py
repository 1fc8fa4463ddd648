"""Corrections of issued invoices as finished text: what was billed, what is due, why, and what became of it."""

from dataclasses import dataclass
from decimal import Decimal

from backend.engine.exact import ZERO
from backend.invoicing.correction_models import CorrectionStatus
from backend.invoicing.service import CorrectedLine
from backend.invoicing.service.why import why
from portal.formatting import exact_instant, instant, money
from portal.invoice_words import number_of

STANDING = {
    CorrectionStatus.WAITING: "undecided",
    CorrectionStatus.BOOKED: "booked",
    CorrectionStatus.DISMISSED: "let_go",
}


@dataclass(frozen=True)
class Place:
    """A page and what its link says."""

    text: str
    href: str


@dataclass(frozen=True)
class CorrectionRow:
    """One difference. `if_booked` and `if_let_go` say what comes of either decision, where one is waited for."""

    id: str
    number: str
    href: str
    customer: str
    line: str
    why: str
    billed: str
    due: str
    amount: str
    standing: str
    is_waiting: bool
    found: str
    found_exact: str
    booked_on: list[Place]
    if_booked: str
    if_let_go: str


def correction_row(found: CorrectedLine) -> CorrectionRow:
    """A correction as lists show it."""
    row, status = found.correction, CorrectionStatus(found.correction.status)
    if_booked, if_let_go = _consequences(row.amount, row.currency)
    return CorrectionRow(
        id=row.id,
        number=number_of(found.invoice),
        href=f"/invoices/{row.invoice_id}",
        customer=str(found.invoice.customer.get("name", "")),
        line=found.line.name,
        why=why(row),
        billed=money(row.billed, row.currency),
        due=money(row.due, row.currency),
        amount=signed(row.amount, row.currency),
        standing=STANDING[status],
        is_waiting=status is CorrectionStatus.WAITING,
        found=instant(row.created_at),
        found_exact=exact_instant(row.created_at),
        booked_on=[Place(number_of(invoice), f"/invoices/{invoice.id}") for invoice in found.booked_on],
        if_booked=if_booked,
        if_let_go=if_let_go,
    )


def signed(amount: Decimal, currency: str) -> str:
    """A difference of money, with its sign: `+$5.00`."""
    return f"{'+' if amount > ZERO else ''}{money(amount, currency)}"


def _consequences(amount: Decimal, currency: str) -> tuple[str, str]:
    text = money(abs(amount), currency)
    if amount > ZERO:
        return f"{text} is charged on the customer's next invoice, as a line of its own.", f"{text} is never charged."
    return (
        f"{text} is given back on the customer's next invoice, as a line of its own.",
        f"{text} is never given back.",
    )
