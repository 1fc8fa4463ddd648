"""How the explanation of an invoice line travels in version 1. Only Meterline has it."""

from backend.api.v1.wire.corrections import CorrectionOut, correction_to_wire
from backend.api.v1.wire.invoice_lines import PeriodOut, TotalsOut
from backend.api.wire import Calculated, Instant, Wire
from backend.engine.period import Period
from backend.invoicing.service import Corrected, Explanation
from backend.invoicing.service.why import why
from backend.invoicing.service.wording import steps
from backend.metering.service import CountedEvent


class StepOut(Wire):
    """One step from what was counted to what is due, in words."""

    name: str
    formula: str
    amount: str


class UsageOut(Wire):
    """What was counted in a part of the line's period."""

    period: PeriodOut
    value: Calculated


class CountedOut(Wire):
    """A raw event and what it was worth: a number, or the text that a count of unique values tells apart."""

    id: str
    source: str
    subject: str
    time: Instant
    value: str


class MeasuredOut(Wire):
    """Which events of whom a line counts, what they come to by day (UTC), and the newest of them.

    The days add up to the quantity if the meter sums. `countedNow` is what would be counted at this moment.
    """

    meter: str
    subjects: list[str]
    days: list[UsageOut]
    days_add_up: bool
    counted_now: Calculated | None = None
    events: list[CountedOut]


class LateEventsOut(Wire):
    """The events that came after their line was counted; `isAll` is false when there are more than `count`."""

    count: int
    first_at: Instant
    last_at: Instant
    is_all: bool


class CorrectsOut(Wire):
    """What a line corrects and why; `explanation` is where the line of the earlier invoice is explained."""

    correction: CorrectionOut
    why: str
    invoice_number: str
    line_name: str
    late_events: LateEventsOut | None = None
    explanation: str


class WholeFeeOut(Wire):
    """The fee of a whole service period, of which a line charges the part that it covers."""

    amount: Calculated
    period: PeriodOut


class ExplanationOut(Wire):
    """Why a line of an invoice comes to what it says."""

    invoice_id: str
    line_id: str
    name: str
    currency: str
    period: PeriodOut
    quantity: Calculated | None = None
    metered_quantity: Calculated | None = None
    totals: TotalsOut
    steps: list[StepOut]
    usage: MeasuredOut | None = None
    prorated_from: WholeFeeOut | None = None
    corrects: CorrectsOut | None = None


def explanation_path(invoice_id: str, line_id: str) -> str:
    """Where a line is explained."""
    return f"/api/v1/billing/invoices/{invoice_id}/lines/{line_id}/explanation"


def explanation_to_wire(found: Explanation, events: list[CountedEvent]) -> ExplanationOut:
    """An explanation as version 1 writes it, with the newest events behind it."""
    shown, line, whole = found.view, found.view.line, found.prorated_from
    return ExplanationOut(
        invoice_id=found.invoice.id,
        line_id=line.id,
        name=line.name,
        currency=found.invoice.currency,
        period=_period(Period(line.period_start, line.period_end)),
        quantity=shown.quantity,
        metered_quantity=shown.metered_quantity,
        totals=TotalsOut.model_validate(shown.totals, from_attributes=True),
        steps=[StepOut.model_validate(step, from_attributes=True) for step in steps(shown, line.currency)],
        usage=_measured(found, events),
        prorated_from=None if whole is None else WholeFeeOut(amount=whole.amount, period=_period(whole.period)),
        corrects=None if found.corrects is None else _corrects(found.corrects),
    )


def _measured(found: Explanation, events: list[CountedEvent]) -> MeasuredOut | None:
    if found.source is None:
        return None
    return MeasuredOut(
        meter=found.source.meter.slug,
        subjects=list(found.source.subjects),
        days=[UsageOut(period=_period(row.window), value=row.value) for row in found.days],
        days_add_up=found.days_add_up,
        counted_now=found.counted_now,
        events=[_counted(counted) for counted in events],
    )


def _counted(counted: CountedEvent) -> CountedOut:
    event = counted.event
    return CountedOut(
        id=event.event_id, source=event.source, subject=event.subject, time=event.time, value=str(counted.value)
    )


def _corrects(found: Corrected) -> CorrectsOut:
    late = found.late
    return CorrectsOut(
        correction=correction_to_wire(found.correction),
        why=why(found.correction),
        invoice_number=found.invoice.number,
        line_name=found.line.name,
        late_events=None if late is None else LateEventsOut.model_validate(late, from_attributes=True),
        explanation=explanation_path(found.invoice.id, found.line.id),
    )


def _period(period: Period) -> PeriodOut:
    return PeriodOut.model_validate({"from": period.start, "to": period.end})
