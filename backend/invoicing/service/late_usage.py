"""Usage that comes after it was billed: ingest leaves a note in its own transaction, and the invoices are looked at."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.customers import service as customers
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import StoredUsage
from backend.invoicing import repository
from backend.invoicing.correction_models import Correction, LateUsage, LateUsageLook
from backend.invoicing.models import Invoice, InvoiceLine
from backend.invoicing.service.corrections import check_usage, is_correctable, is_on_its_way
from backend.invoicing.service.hold import hold_customers, lock_invoice
from backend.invoicing.service.sync import sync
from backend.metering import service as metering
from backend.metering.models import Meter

MOST_LOOKED_THROUGH = timedelta(hours=1)
"""How much of the past one look takes, also the first: a server that stood still catches up by and by."""

AT_ONCE = 1000
"""About so many subjects one question may be."""

NOBODY = ""
"""In the place of a customer: usage that came late and belongs to none."""


def heed_late(ctx: Context, new: Mapping[str, Sequence[StoredUsage]]) -> None:
    """Note which of the events just stored may belong on an invoice whose usage was taken down before.

    Usage is only ever taken down for periods that are over: later events than the last time cannot be missing.
    """
    last = repository.metered_last(ctx)
    if last is None:
        return
    for event_type, events in new.items():
        times: dict[str, list[datetime]] = {}
        for event in events:
            if event.time >= last:
                break
            times.setdefault(event.subject, []).append(event.time)
        ctx.session.add_all(
            LateUsage(event_type=event_type, subject=subject, first_at=found[0], last_at=found[-1])
            for subject, found in times.items()
        )


def look_again_for_late_usage(ctx: Context, until: datetime) -> int:
    """Note what was stored up to an instant of the wall clock and is missing on an invoice; returns how many notes.

    Who stores events while their invoice is being metered sees nothing of the other, and leaves no note. So all that
    was stored since the last look is looked through once more, when both have come to an end. What has a note already
    gets another one, which finds nothing to correct.
    """
    last = repository.metered_last(ctx)
    if last is None:
        return 0
    look = repository.late_usage_look(ctx) or LateUsageLook(until=until - MOST_LOOKED_THROUGH)
    end = min(until, look.until + MOST_LOOKED_THROUGH)
    if look.until >= end:
        return 0
    found = ingest.stored_late(ctx, look.until, end, last)
    ctx.session.add_all(
        LateUsage(event_type=event_type, subject=subject, first_at=first, last_at=newest)
        for event_type, subject, first, newest in found
    )
    look.until = end
    ctx.session.add(look)
    return len(found)


def customers_to_correct(ctx: Context) -> list[str]:
    """The customers whose usage came late and was not looked at yet."""
    subjects = repository.late_subjects(ctx)
    owners = _owners(ctx, subjects)
    return sorted({owners.get(subject, NOBODY) for subject in subjects})


def correct_late_usage(ctx: Context, customer_id: str) -> int:
    """Look at every line that late usage of a customer's subjects belongs to; returns how many notes were dealt with.

    A subject may have been another customer's when it was billed, and is nobody's once its customer is deleted. A note
    is kept while a draft that has been metered for good lacks it: drafts are corrected once they are issued.
    """
    theirs = repository.late_usage(ctx, _subjects(ctx, customer_id))
    billed = customers.ever_owned(ctx, {note.subject for note in theirs})
    hold_customers(ctx, billed)
    touched = _touched(ctx, theirs, billed)
    lines = {line.id: line for found in touched.values() for line, invoice in found if is_correctable(invoice)}
    for line in lines.values():
        _check(ctx, line)
    past = [note.id for note in theirs if not any(is_on_its_way(invoice) for _, invoice in touched.get(note.id, ()))]
    repository.forget_late_usage(ctx, past)
    return len(past)


def _subjects(ctx: Context, customer_id: str) -> Collection[str]:
    """The subjects whose late usage a customer is looked at for; of those of nobody, some are looked at together."""
    if customer_id != NOBODY:
        [customer] = customers.by_id(ctx, [customer_id]).values()
        return customers.usage_subjects(ctx, customer)
    late = repository.late_subjects(ctx)
    return sorted(late - _owners(ctx, late).keys())[:AT_ONCE]


def _owners(ctx: Context, subjects: Collection[str]) -> dict[str, str]:
    """Subject → the id of its customer; however many subjects there are, each question is a short one."""
    ordered, found = sorted(subjects), dict[str, str]()
    for start in range(0, len(ordered), AT_ONCE):
        found |= customers.owners(ctx, ordered[start : start + AT_ONCE])
    return found


def check_invoice(ctx: Context, invoice_id: str) -> list[Correction]:
    """Look at every line with usage of an issued invoice again; returns all corrections of the invoice. NotFound."""
    lock_invoice(ctx, invoice_id)
    for line in repository.lines(ctx, [invoice_id]):
        if line.metered_quantity is not None and line.correction_id is None:
            _check(ctx, line)
    ctx.session.flush()
    return list(repository.corrections(ctx, invoice_id=invoice_id))


def _check(ctx: Context, line: InvoiceLine) -> None:
    if not check_usage(ctx, line) and line.subscription_id is not None:
        sync(ctx, line.subscription_id)


Touched = dict[str, list[tuple[InvoiceLine, Invoice]]]


def _touched(ctx: Context, notes: Sequence[LateUsage], billed: Collection[str]) -> Touched:
    """Note id → the metered lines of these customers that it may belong to, by meter, subject and time."""
    if not notes:
        return {}
    first, last = min(note.first_at for note in notes), max(note.last_at for note in notes)
    found = repository.metered_lines(ctx, billed, last, first)
    meters = _meters(ctx, (line for line, _ in found))
    return {
        note.id: [
            (line, invoice)
            for line, invoice in found
            if meters[line.feature_id or ""].event_type == note.event_type
            and note.subject in invoice.customer["usage_subjects"]
            and (line.full_period_start or line.period_start) <= note.last_at
            and note.first_at < line.period_end
        ]
        for note in notes
    }


def _meters(ctx: Context, lines: Iterable[InvoiceLine]) -> dict[str, Meter]:
    """Feature id → its meter."""
    known: Mapping[str, Feature] = features.by_id(ctx, {line.feature_id for line in lines if line.feature_id})
    return {
        feature.id: metering.get_meter(ctx, feature.meter_id)
        for feature in known.values()
        if feature.meter_id is not None
    }


ingest.heed_with(heed_late)
