"""An issued invoice is taken back or given up: its app is told first, outside of any transaction, then it is recorded.

Whoever is stopped in between repeats the same request with the same key, and the app does nothing twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backend.customers import service as customers
from backend.engine.invoice.lifecycle import State, Trigger, after
from backend.errors import Conflict, Issue, Unavailable, WrongState, refuse
from backend.infra.actor import ActorKind
from backend.infra.context import Context, unit_of_work
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceLine, ManagedBy
from backend.invoicing.ports import AppRefused, AppUnreachable, InvoiceDocument
from backend.invoicing.service.advance import Run
from backend.invoicing.service.apps import get_app
from backend.invoicing.service.corrections import take_back_corrections
from backend.invoicing.service.document import freeze
from backend.invoicing.service.gathering import gathering_invoice, tidy
from backend.invoicing.service.hold import lock_invoice
from backend.invoicing.service.split import COPIED
from backend.invoicing.service.steps import lock_standard, step


@dataclass(frozen=True, slots=True)
class Again:
    """That a line of a voided invoice is to be invoiced again, at an instant or at once."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Voiding:
    """Why an invoice is voided, and what becomes of its lines: invoiced again, or (None) never.

    `lines` says it for some lines, by their ids, `otherwise` for the rest.
    """

    reason: str
    otherwise: Again | None = None
    lines: Mapping[str, Again | None] = field(default_factory=dict)


def void(run: Run, invoice_id: str, wanted: Voiding) -> None:
    """Take an issued invoice back, also in the app that carries it (billing spec 6.3).

    Raises WrongState for a draft or a paid invoice, Invalid for lines that are not on it, Conflict when the app
    refuses, Unavailable when it cannot be reached.
    """
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        refuse(_issues(repository.lines(ctx, [lock_standard(ctx, invoice_id, "void").id]), wanted))
    _tell(run, invoice_id, Trigger.VOID)
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        invoice = lock_invoice(ctx, invoice_id)
        if invoice.status != State.VOIDED:
            step(ctx, invoice, Trigger.VOID, wanted.reason)
            take_back_corrections(ctx, invoice)
            _invoice_again(ctx, invoice, wanted)
        elif repository.events(ctx, invoice.id)[-1].actor_kind == ActorKind.SYSTEM:
            _invoice_again(ctx, invoice, wanted)  # the app's own message about it came first


def mark_uncollectible(run: Run, invoice_id: str, reason: str | None = None) -> None:
    """Give an issued invoice up, also in the app that carries it; it may still be paid. Errors as of `void`."""
    _tell(run, invoice_id, Trigger.UNCOLLECTIBLE)
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        invoice = lock_invoice(ctx, invoice_id)
        if invoice.status != State.UNCOLLECTIBLE:
            step(ctx, invoice, Trigger.UNCOLLECTIBLE, reason)


def _tell(run: Run, invoice_id: str, trigger: Trigger) -> None:
    """Let the app do it, if the invoice is in a state in which it can be done."""
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        invoice = lock_standard(ctx, invoice_id, trigger.value)
        after(State(invoice.status), trigger)
        kind, document = get_app(ctx, invoice.invoicing_app_id).kind, freeze(ctx, invoice)
    app = run.apps.get(kind)
    if app is None:
        raise Unavailable(f"The {kind} app is not configured on this server.")
    ask = app.void if trigger is Trigger.VOID else app.mark_uncollectible
    try:
        ask(document)
    except AppRefused as refused:
        raise Conflict(str(refused)) from None
    except AppUnreachable as trouble:
        _next_attempt(run, document, trouble)
        raise Unavailable(f"{trouble} Try again.") from None


def _next_attempt(run: Run, document: InvoiceDocument, trouble: AppUnreachable) -> None:
    """An app that reported a failure of its own is asked with a new key the next time."""
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        invoice = lock_invoice(ctx, document.id)
        if trouble.answered and invoice.version == document.version:
            invoice.attempt += 1
            ctx.session.add(invoice)


def _issues(lines: Sequence[InvoiceLine], wanted: Voiding) -> Iterator[Issue]:
    present = {line.id: line for line in lines}
    for index, line_id in enumerate(wanted.lines):
        if line_id not in present:
            message = f"The invoice has no line {line_id}."
            yield Issue(f"overrides[{index}].lineId", "invoice_line_not_found", message)
    for line in lines:
        if line.group_id is not None and wanted.lines.get(line.id, wanted.otherwise) is not None:
            message = f"{line.name} is billed in parts: a part of it cannot be invoiced again."
            yield Issue("action", "invoice_line_split_not_pending", message)


def _invoice_again(ctx: Context, invoice: Invoice, wanted: Voiding) -> None:
    """What is to be invoiced again gathers as lines of a person: their subscription counts them as billed."""
    lines = [line for line in repository.lines(ctx, [invoice.id]) if line.correction_id is None]
    again = [(line, wanted.lines.get(line.id, wanted.otherwise)) for line in lines]
    if all(choice is None for _, choice in again):
        return
    customer = customers.get(ctx, invoice.customer_id, deleted=True)
    if customer.deleted_at is not None:
        raise WrongState("The customer is deleted: nothing can be invoiced again.")
    gathering, _ = gathering_invoice(ctx, customer, invoice.currency)
    for line, choice in again:
        if choice is not None:
            kept = {name: getattr(line, name) for name in COPIED}
            kept |= {"invoice_id": gathering.id, "reference": None, "managed_by": ManagedBy.MANUAL}
            kept |= {"invoice_at": choice.at or ctx.now}
            ctx.session.add(InvoiceLine(**kept, period_start=line.period_start, period_end=line.period_end))
    ctx.session.flush()
    tidy(ctx, gathering)
