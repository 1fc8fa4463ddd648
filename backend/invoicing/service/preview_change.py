"""What a change of a subscription means in money, before anybody confirms it: due now, and on the next invoice."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backend.customers import service as customers
from backend.engine.exact import ZERO, total
from backend.engine.invoice import gather
from backend.engine.period import Period
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice
from backend.invoicing.service.collect import billable
from backend.invoicing.service.gathering import gives_back
from backend.invoicing.service.hold import lock_gathering
from backend.invoicing.service.rating import period_of
from backend.invoicing.service.sync import sync
from backend.invoicing.service.upcoming import UpcomingLine, expected_lines
from backend.invoicing.workflow import from_document
from backend.subscriptions import service as subscriptions


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line before and after the change: what it comes to in all, or None where it is not there.

    Usage is what was counted so far; of a period that goes on, what it will be at today's pace. `due_now` tells that
    the change makes it due at once.
    """

    name: str
    period: Period
    before: Decimal | None
    after: Decimal | None
    due_now: bool


@dataclass(frozen=True, slots=True)
class ChargeAhead:
    """An invoice that is to come: when it is drawn, and what it is expected to come to."""

    at: datetime
    total: Decimal


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change means in one currency; a charge ahead is None when there is none."""

    currency: str
    due_now: Decimal
    before: ChargeAhead | None
    after: ChargeAhead | None
    lines: Sequence[LineChange]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """A line that waits, as it was when it was looked at: the row itself is about to change."""

    id: str
    name: str
    period: Period
    invoice_at: datetime
    total: Decimal
    is_due: bool
    corrects: bool
    gives_back: bool


def preview_change(ctx: Context, customer_id_or_key: str, change: Callable[[], object]) -> list[ChangePreview]:
    """Make a change of the customer's subscriptions and compare what they will be charged before and after it.

    The lines are gathered and rated by what draws invoices. Run it in a unit of work that is a rehearsal: the change
    is really made. One preview a currency; raises what the change raises. Source: billing
    spec 3.8, 6.2.
    """
    customer_id = customers.get(ctx, customer_id_or_key).id
    known = _sync_all(ctx, customer_id)
    before = _gathered(ctx, customer_id)
    change()
    ctx.session.flush()
    _sync_all(ctx, customer_id, known)
    after = _gathered(ctx, customer_id)
    return [_compare(currency, before.get(currency, {}), after.get(currency, {})) for currency in {**before, **after}]


def _sync_all(ctx: Context, customer_id: str, known: Collection[str] = ()) -> set[str]:
    """Gather what each subscription wants now, also one that was known and is deleted; returns their ids."""
    ids = {*known, *(subscription.id for subscription in subscriptions.of_customer(ctx, customer_id))}
    for subscription_id in sorted(ids):
        sync(ctx, subscription_id)
    return ids


def _gathered(ctx: Context, customer_id: str) -> dict[str, dict[str, _Gathered]]:
    """Currency → line id → the lines that wait to be invoiced."""
    return {
        invoice.currency: {found.id: found for found in _lines(ctx, invoice)}
        for invoice in lock_gathering(ctx, customer_id)
    }


def _lines(ctx: Context, invoice: Invoice) -> Iterable[_Gathered]:
    lines = repository.lines(ctx, [invoice.id])
    cutoff = gather.cutoff(ctx.now, from_document(invoice.workflow).anchored)
    due = {line.id for line, _ in billable(ctx, lines, cutoff, progressive=False)}
    return [_seen(found, is_due=found.line.id in due) for found in expected_lines(ctx, invoice, lines)]


def _seen(found: UpcomingLine, *, is_due: bool) -> _Gathered:
    line = found.line
    return _Gathered(
        id=line.id,
        name=line.name,
        period=period_of(line),
        invoice_at=line.invoice_at,
        total=found.at_end.total,
        is_due=is_due,
        corrects=line.correction_id is not None,
        gives_back=gives_back(line),
    )


def _compare(currency: str, before: Mapping[str, _Gathered], after: Mapping[str, _Gathered]) -> ChangePreview:
    """Lines that were due anyway are left out: they are not due because of the change.

    What is given back is taken off other lines; an invoice never comes to less than nothing.
    """
    overdue = {line_id for line_id, found in before.items() if found.is_due}
    ids = [line_id for line_id in {**before, **after} if line_id not in overdue]
    lines = [_line_change(before.get(line_id), after.get(line_id)) for line_id in ids]
    return ChangePreview(
        currency=currency,
        due_now=max(ZERO, total(line.after or ZERO for line in lines if line.due_now)),
        before=_ahead(before.values()),
        after=_ahead(after.values()),
        lines=sorted(lines, key=lambda line: (not line.due_now, line.period.start, line.name)),
    )


def _line_change(before: _Gathered | None, after: _Gathered | None) -> LineChange:
    shown = after or before
    assert shown is not None, "a line is there before or after"
    return LineChange(
        name=shown.name,
        period=shown.period,
        before=None if before is None else before.total,
        after=None if after is None else after.total,
        due_now=after is not None and after.is_due,
    )


def _ahead(lines: Iterable[_Gathered]) -> ChargeAhead | None:
    """The next invoice, of the lines that are not due yet."""
    waiting = [found for found in lines if not found.is_due]
    at = min((found.invoice_at for found in waiting if not found.gives_back), default=None)
    if at is None:
        return None
    drawn = total(found.total for found in waiting if found.corrects or found.invoice_at == at)
    return ChargeAhead(at, max(ZERO, drawn))
