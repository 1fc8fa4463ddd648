"""What turned out wrong about an issued invoice, and the decision about it where the billing profile asks first."""

from dataclasses import dataclass

import reflex as rx

from backend.access.roles import Permission
from backend.errors import Invalid, NotFound
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.correction_models import Correction, CorrectionReason, CorrectionStatus
from portal import boundary
from portal.formatting import instant, money
from portal.page_state import Loaded, last_in_path

REASONS = {
    CorrectionReason.LATE_USAGE: "usage arrived late",
    CorrectionReason.SUBSCRIPTION: "the subscription was changed",
    CorrectionReason.VOIDED: "the invoice was voided",
}
STANDING = {
    CorrectionStatus.WAITING: "Waits for a decision",
    CorrectionStatus.BOOKED: "Booked on a later invoice",
    CorrectionStatus.DISMISSED: "Let go",
}
DECISIONS = {"accept": invoicing.accept_correction, "dismiss": invoicing.dismiss_correction}
DONE = {"accept": "Booked on the next invoice", "dismiss": "Let go"}


@dataclass(frozen=True)
class CorrectionRow:
    """One difference, as text."""

    id: str
    line: str
    why: str
    billed: str
    due: str
    amount: str
    standing: str
    is_waiting: bool
    found: str


class CorrectionsState(Loaded, rx.State):
    """What the part of an invoice's corrections shows and does."""

    rows: list[CorrectionRow] = []

    async def _fetch(self) -> None:
        invoice_id, self.rows = last_in_path(self), []
        self.rows = await boundary.read(self, lambda ctx: rows_of(ctx, invoice_id))

    @rx.event
    @boundary.command
    async def decide(self, decision: str, correction_id: str):
        """Book a correction on the next invoice, or let it go."""
        invoice_id = last_in_path(self)
        if decision not in DECISIONS:
            raise Invalid("A correction is booked, or let go.")

        def decided(ctx: Context) -> None:
            if correction_id not in {row.id for row in rows_of(ctx, invoice_id)}:
                raise NotFound("The invoice has no such correction.")
            DECISIONS[decision](ctx, correction_id)

        await boundary.change(self, decided, need=Permission.INVOICES)
        return [rx.toast.success(DONE[decision]), CorrectionsState.load]


def rows_of(ctx: Context, invoice_id: str) -> list[CorrectionRow]:
    """The corrections of an invoice's own lines, in their order."""
    lines = [shown.line for shown in invoicing.view(ctx, invoicing.get(ctx, invoice_id)).lines]
    names, found = {line.id: line.name for line in lines}, invoicing.corrections_of_lines(ctx, lines)
    return [
        _row(correction, names[correction.line_id])
        for line in lines
        for correction in found.get(line.id, [])
        if correction.line_id == line.id
    ]


def _row(row: Correction, line: str) -> CorrectionRow:
    return CorrectionRow(
        id=row.id,
        line=line,
        why=REASONS[CorrectionReason(row.reason)],
        billed=money(row.billed, row.currency),
        due=money(row.due, row.currency),
        amount=money(row.amount, row.currency),
        standing=STANDING[CorrectionStatus(row.status)],
        is_waiting=row.status == CorrectionStatus.WAITING,
        found=instant(row.created_at),
    )
