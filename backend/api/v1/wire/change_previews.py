"""How the money preview of a change travels: what is due now, and what changes on the next invoice."""

from collections.abc import Sequence
from dataclasses import asdict

from backend.api.v1.wire.invoice_lines import PeriodOut
from backend.api.wire import Calculated, Instant, Wire
from backend.invoicing.service import ChangePreview, ChargeAhead, LineChange
from backend.subscriptions.service import AddonLeft


class LineChangeOut(Wire):
    """A line before and after the change; an amount is left out where the line is not there."""

    name: str
    period: PeriodOut
    before: Calculated | None
    after: Calculated | None
    due_now: bool


class ChargeAheadOut(Wire):
    """An invoice to come: when it is drawn and what it is expected to come to."""

    at: Instant
    total: Calculated


class AddonLeftOut(Wire):
    """An add-on that does not come along to another plan, and why."""

    key: str
    name: str
    quantity: int
    reason: str


class ChangePreviewOut(Wire):
    """What a change means in one currency. Usage goes on at its pace until the end of its period.

    A change of plans also tells which add-ons do not come along.
    """

    currency: str
    due_now: Calculated
    next_invoice_before: ChargeAheadOut | None
    next_invoice_after: ChargeAheadOut | None
    lines: list[LineChangeOut]
    addons_left_behind: list[AddonLeftOut] | None = None


def preview_to_wire(found: ChangePreview, left: Sequence[AddonLeft] | None = None) -> ChangePreviewOut:
    """One preview, of a change of plans with the add-ons that are left behind."""
    return ChangePreviewOut(
        currency=found.currency,
        due_now=found.due_now,
        next_invoice_before=_ahead(found.before),
        next_invoice_after=_ahead(found.after),
        lines=[_line(line) for line in found.lines],
        addons_left_behind=None if left is None else [AddonLeftOut(**asdict(one)) for one in left],
    )


def _ahead(charge: ChargeAhead | None) -> ChargeAheadOut | None:
    return None if charge is None else ChargeAheadOut(at=charge.at, total=charge.total)


def _line(line: LineChange) -> LineChangeOut:
    return LineChangeOut(
        name=line.name,
        period=PeriodOut(from_=line.period.start, to=line.period.end),
        before=line.before,
        after=line.after,
        due_now=line.due_now,
    )
