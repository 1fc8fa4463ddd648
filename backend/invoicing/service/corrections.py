"""An issued invoice is never changed: what a line should have come to is booked on the next one, as its correction.

Invoice and corrections together are what the invoice would have been, had everything been known on time.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from backend.catalog import price_document
from backend.customers import service as customers
from backend.engine.exact import EXACT, ZERO, total
from backend.engine.invoice.lifecycle import State
from backend.engine.rate.prices import Commitment, Flat, PaymentTerm
from backend.errors import NotFound, WrongState
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.correction_models import Correction, CorrectionReason, CorrectionStatus
from backend.invoicing.events import announce_correction
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine, ManagedBy
from backend.invoicing.service.gathering import gather_again, gathering_invoice, gives_back, next_due, tidy
from backend.invoicing.service.hold import hold_customers, lock_invoice
from backend.invoicing.service.overrides import profile_of
from backend.invoicing.service.rating import LineRating, invoice_totals, net, rate_parts, rated_at
from backend.invoicing.service.why import sentence
from backend.invoicing.workflow import CorrectionPolicy, from_document

_TAKEN_BACK = frozenset({State.VOIDED, State.DELETED, State.DELETE_IN_PROGRESS, State.DELETE_SYNCING})


def is_correctable(invoice: Invoice) -> bool:
    """Whether an invoice is issued and still claims what it says; one that is being issued may yet be deleted."""
    if invoice.kind != InvoiceKind.STANDARD or invoice.deleted_at is not None:
        return False
    return not is_on_its_way(invoice) and State(invoice.status) not in _TAKEN_BACK


def is_on_its_way(invoice: Invoice) -> bool:
    """Whether an invoice is a draft or being issued: it is corrected once it is issued."""
    return invoice.deleted_at is None and invoice.status.startswith(("draft.", "issuing."))


def correct(
    ctx: Context,
    line: InvoiceLine,
    due: Decimal,
    reason: CorrectionReason,
    wanted: Mapping[str, Any] | None = None,
) -> Correction | None:
    """Bring a line of an issued invoice to what it should come to, before taxes; returns the correction that does it.

    A correction that no invoice has taken yet is brought up to date; otherwise the difference to all earlier ones is a
    new one. The billing profile of the customer decides: the next invoice takes it, a person is asked, or it is too
    small to matter. Repeating it changes nothing. `wanted` is what a subscription wants to be different.
    """
    invoice = lock_invoice(ctx, line.invoice_id)
    if not is_correctable(invoice):
        return None
    present = list(repository.corrections_of_lines(ctx, [line.id]))
    last = present.pop() if present and _is_open(ctx, present[-1]) else None
    billed = total([net(line), *(correction.amount for correction in present)])
    amount = EXACT.subtract(due, billed)
    workflow = from_document(profile_of(ctx, invoice.customer_id).workflow)
    if last is not None and last.amount == amount:
        return last
    if last is not None:
        _withdraw(ctx, last)
    if amount == ZERO or abs(amount) < workflow.corrections_ignored_below:
        return None
    found = _next(line, invoice, present, billed, due, reason)
    found.wanted = dict(wanted) if wanted else None
    _add(ctx, found, line, invoice, asks=workflow.corrections is CorrectionPolicy.ASK)
    return found


def take_back_corrections(ctx: Context, invoice: Invoice) -> None:
    """A voided invoice claims nothing, nor do its corrections.

    What an invoice has taken is booked back by the next one, without asking anybody; the rest is forgotten.
    """
    for line in repository.lines(ctx, [invoice.id]):
        present = list(repository.corrections_of_lines(ctx, [line.id]))
        if present and _is_open(ctx, present[-1]):
            _withdraw(ctx, present.pop())
        booked = total(found.amount for found in present if found.status == CorrectionStatus.BOOKED)
        if booked != ZERO:
            found = _next(line, invoice, present, booked, ZERO, CorrectionReason.VOIDED)
            _add(ctx, found, line, invoice, asks=False)


def check_usage(ctx: Context, line: InvoiceLine) -> bool:
    """Correct an issued line, and the other issued parts of its period, for usage that came after it was metered.

    The usage is that of the subjects which the customer had when the invoice was drawn. Lines that a subscription has
    changed since can only be judged when it is reconciled: the answer is false, and nothing was done.
    """
    hold_customers(ctx, (line.customer_id,))
    parts = repository.parts(ctx, [line.group_id]) if line.group_id else [line]
    issued = [part for part in parts if is_correctable(lock_invoice(ctx, part.invoice_id))]
    if not issued:
        return True
    if _follows_subscription(ctx, issued):
        return False
    subjects = lock_invoice(ctx, issued[0].invoice_id).customer["usage_subjects"]
    # parts that are drafts or voided are not corrected, but those after them begin where they end
    until_last = [part for part in parts if part.period_start <= issued[-1].period_start]
    for rating in rate_parts(ctx, until_last, subjects):
        if rating.line in issued:
            correct(ctx, rating.line, net(rating.rated.totals), CorrectionReason.LATE_USAGE)
    return True


def accept_correction(ctx: Context, correction_id: str) -> Correction:
    """Book a correction that waits for a person. Raises NotFound, WrongState when it no longer waits."""
    found = _waiting(ctx, correction_id)
    invoice = lock_invoice(ctx, found.invoice_id)
    line = next(line for line in repository.lines(ctx, [invoice.id]) if line.id == found.line_id)
    found.status = CorrectionStatus.BOOKED.value
    ctx.session.add(found)
    _book(ctx, found, line, invoice)
    announce_correction(ctx, found)
    return found


def dismiss_correction(ctx: Context, correction_id: str) -> Correction:
    """Let a difference go; only what changes after it is corrected then. Raises NotFound, WrongState."""
    found = _waiting(ctx, correction_id)
    found.status = CorrectionStatus.DISMISSED.value
    ctx.session.add(found)
    announce_correction(ctx, found)
    return found


def cover(ctx: Context, ratings: Sequence[LineRating]) -> list[LineRating]:
    """The lines of an invoice that comes to nothing less than zero: what it cannot give back, a later one does."""
    missing = EXACT.minus(invoice_totals(ratings).total)
    kept: list[LineRating] = []
    for rating in reversed(ratings):
        line, given = rating.line, EXACT.minus(rating.rated.totals.total)
        if missing <= ZERO or not gives_back(line):
            kept.append(rating)
            continue
        later = min(missing, given)
        missing = EXACT.subtract(missing, later)
        gather_again(ctx, line, EXACT.minus(later))
        if later == given:
            repository.remove_details(ctx, [row.id for row in repository.details(ctx, [line.id])])
            line.deleted_at = ctx.now
        else:
            line.price = _price(EXACT.subtract(later, given))
            kept.append(LineRating(line, None, rated_at(line, None)))
        ctx.session.add(line)
    return kept[::-1]


def corrections_of_customer(ctx: Context, id_or_key: str, *statuses: CorrectionStatus) -> Sequence[Correction]:
    """The corrections of a customer's invoices, the newest first. Raises NotFound."""
    customer = customers.get(ctx, id_or_key, deleted=True)
    return repository.corrections(ctx, customer_id=customer.id, statuses=statuses)


def corrections_of_lines(ctx: Context, lines: Sequence[InvoiceLine]) -> dict[str, list[Correction]]:
    """Line id → how a line of an issued invoice was corrected, and of a line that corrects one, what it books."""
    found: dict[str, list[Correction]] = {}
    for correction in repository.corrections_of_lines(ctx, [line.id for line in lines]):
        found.setdefault(correction.line_id, []).append(correction)
    booked = {line.correction_id: line.id for line in lines if line.correction_id is not None}
    for correction in repository.corrections(ctx, ids=booked) if booked else ():
        found.setdefault(booked[correction.id], []).append(correction)
    return found


def _waiting(ctx: Context, correction_id: str) -> Correction:
    found = repository.correction(ctx, correction_id)
    if found is not None:
        hold_customers(ctx, (found.customer_id,))
        found = repository.correction(ctx, correction_id)  # somebody else may have decided or withdrawn it meanwhile
    if found is None:
        raise NotFound(f"There is no correction {correction_id}.")
    if found.status != CorrectionStatus.WAITING:
        raise WrongState(f"The correction is {found.status}: nobody has to decide about it any more.")
    return found


def _next(
    line: InvoiceLine,
    invoice: Invoice,
    present: Sequence[Correction],
    billed: Decimal,
    due: Decimal,
    reason: CorrectionReason,
) -> Correction:
    """One more correction of a line, after those that are there."""
    return Correction(
        invoice_id=invoice.id,
        line_id=line.id,
        number=present[-1].number + 1 if present else 1,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        subscription_id=line.subscription_id,
        reason=reason.value,
        billed=billed,
        due=due,
        amount=EXACT.subtract(due, billed),
        status=CorrectionStatus.WAITING.value,
        looked_since=present[-1].created_at if present else invoice.quantities_at,
    )


def _add(ctx: Context, found: Correction, line: InvoiceLine, invoice: Invoice, *, asks: bool) -> None:
    """Write a correction down; the next invoice takes it unless a person is asked."""
    if not asks:
        found.status = CorrectionStatus.BOOKED.value
    ctx.session.add(found)
    ctx.session.flush()
    if not asks:
        _book(ctx, found, line, invoice)
    announce_correction(ctx, found)


def _is_open(ctx: Context, correction: Correction) -> bool:
    """Whether nobody has decided about a correction, or no invoice has taken any of it."""
    if correction.status == CorrectionStatus.WAITING:
        return True
    booking = repository.lines_booking(ctx, correction.id)
    holders = [lock_invoice(ctx, invoice_id) for invoice_id in sorted({line.invoice_id for line in booking})]
    return bool(holders) and all(holder.kind == InvoiceKind.GATHERING for holder in holders)


def _follows_subscription(ctx: Context, lines: Sequence[InvoiceLine]) -> bool:
    present = repository.corrections_of_lines(ctx, [line.id for line in lines])
    return any(correction.reason == CorrectionReason.SUBSCRIPTION for correction in present)


def _withdraw(ctx: Context, correction: Correction) -> None:
    """Forget a correction that no invoice has taken."""
    for line in repository.lines_booking(ctx, correction.id):
        line.deleted_at = ctx.now
        ctx.session.add(line)
        ctx.session.flush()
        tidy(ctx, lock_invoice(ctx, line.invoice_id))
    ctx.session.delete(correction)
    ctx.session.flush()


def _book(ctx: Context, correction: Correction, line: InvoiceLine, invoice: Invoice) -> None:
    """Let the next invoice of the customer take a correction."""
    customer = customers.get(ctx, correction.customer_id, deleted=True)
    gathering, _ = gathering_invoice(ctx, customer, correction.currency)
    ctx.session.add(
        InvoiceLine(
            invoice_id=gathering.id,
            customer_id=customer.id,
            currency=correction.currency,
            reference=f"{line.reference or line.id}/correction[{correction.number}]",
            managed_by=ManagedBy.SYSTEM,
            name=f"{line.name}: correction of {invoice.number}",
            description=sentence(correction),
            period_start=line.period_start,
            period_end=line.period_end,
            invoice_at=next_due(ctx, gathering),
            feature_key=line.feature_key,
            feature_id=line.feature_id,
            price=_price(correction.amount),
            tax_config=line.tax_config,
            correction_id=correction.id,
        )
    )
    ctx.session.flush()
    tidy(ctx, gathering)


def _price(amount: Decimal) -> dict[str, Any]:
    return price_document.price_to_document(Flat(amount, PaymentTerm.IN_ARREARS), Commitment()) or {}
