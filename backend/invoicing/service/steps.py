"""One step in the life of an invoice: taken, dated, and written into its history."""

from collections.abc import Iterable
from typing import Any

from backend.engine.invoice.lifecycle import Situation, State, Trigger, after, is_immutable
from backend.errors import Invalid, Issue, WrongState
from backend.infra import outbox
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.events import announce_step
from backend.invoicing.models import Invoice, InvoiceEvent, InvoiceKind, InvoiceLine, Severity
from backend.invoicing.ports import AppIssue
from backend.invoicing.service.gathering import gather_again
from backend.invoicing.service.hold import lock_invoice
from backend.invoicing.service.rating import net
from backend.invoicing.workflow import from_document
from backend.subscriptions.events import CHANGED

SUBSCRIPTION = "subscription"
"""The component of issues about what a subscription wants to be different."""


def lock_standard(ctx: Context, invoice_id: str, action: str) -> Invoice:
    """Lock an invoice for an action that gathering invoices do not have: those raise Invalid. NotFound."""
    invoice = lock_invoice(ctx, invoice_id)
    if invoice.kind == InvoiceKind.GATHERING:
        message = f"A gathering invoice only collects lines: there is nothing to {action}."
        raise Invalid(message, issues=[Issue("invoiceId", f"invoice_cannot_{action}_gathering", message)])
    return invoice


def step(ctx: Context, invoice: Invoice, trigger: Trigger, note: str | None = None) -> State:
    """Let an invoice go on; WrongState when it cannot. Its version grows, so that older answers of apps are void."""
    before = State(invoice.status)
    reached = after(before, trigger)
    invoice.status = reached.value
    invoice.version += 1
    invoice.attempt = 0
    _date(ctx, invoice, reached)
    ctx.session.add(invoice)
    record(ctx, invoice, trigger.value, before.value, note)
    return reached


def record(ctx: Context, invoice: Invoice, trigger: str, before: str | None, note: str | None = None) -> None:
    """Write what happened into the invoice's history, and announce it."""
    announce_step(ctx, invoice, before)
    ctx.session.add(
        InvoiceEvent(
            invoice_id=invoice.id,
            position=invoice.version,
            trigger=trigger,
            from_status=before,
            to_status=invoice.status,
            actor_kind=ctx.actor.kind.value,
            actor_name=ctx.actor.name,
            note=note,
        )
    )


def situation(ctx: Context, invoice: Invoice) -> Situation:
    """What the life cycle looks at to decide what happens by itself; lines matter only when issuing."""
    return Situation(
        now=ctx.now,
        collection_at=invoice.collection_at,
        draft_until=invoice.draft_until,
        auto_advance=from_document(invoice.workflow).auto_advance,
        has_lines=invoice.status != State.DRAFT_READY_TO_ISSUE or repository.has_lines(ctx, invoice.id),
        has_critical_issues=has_critical_issues(invoice),
    )


def is_metered_for_good(invoice: Invoice) -> bool:
    """Whether quantities were taken when collection was over: usage that comes later is not billed on this invoice."""
    taken, collected = invoice.quantities_at, invoice.collection_at
    return taken is not None and (collected is None or taken >= collected)


def edited(ctx: Context, invoice: Invoice, note: str) -> None:
    """After its lines were changed, a draft is calculated and checked again; WrongState once it is immutable."""
    if is_immutable(State(invoice.status)):
        raise WrongState(f"The invoice {invoice.number} can no longer be changed.")
    step(ctx, invoice, Trigger.UPDATE, note)


def has_critical_issues(invoice: Invoice) -> bool:
    """Whether something stands in the invoice's way."""
    return any(issue["severity"] == Severity.CRITICAL for issue in invoice.validation_issues)


def add_issues(
    ctx: Context, invoice: Invoice, severity: Severity, component: str, issues: Iterable[AppIssue | Issue]
) -> None:
    """Note what is wrong with an invoice; the same thing is noted once."""
    kept = list(invoice.validation_issues)
    for issue in issues:
        fact = {"severity": severity.value, "component": component, "code": issue.code, "message": issue.message}
        if not any(fact.items() <= other.items() for other in kept):
            kept.append({**fact, "id": new_id(), "field": issue.field, "at": ctx.now.isoformat()})
    invoice.validation_issues = kept
    ctx.session.add(invoice)


def settle_issues(ctx: Context, invoice: Invoice, component: str) -> None:
    """What a component complained about earlier is past."""
    invoice.validation_issues = [issue for issue in invoice.validation_issues if issue["component"] != component]
    ctx.session.add(invoice)


def downgrade_issues(ctx: Context, invoice: Invoice) -> None:
    """Before a retry, what was critical becomes a warning (billing spec 6.3)."""
    invoice.validation_issues = [_warning(issue) for issue in invoice.validation_issues]
    ctx.session.add(invoice)


def _warning(issue: dict[str, Any]) -> dict[str, Any]:
    return {**issue, "severity": Severity.WARNING.value}


def _date(ctx: Context, invoice: Invoice, reached: State) -> None:
    if reached is State.PAID:
        invoice.paid_at = ctx.now
    elif reached is State.VOIDED:
        invoice.voided_at = ctx.now
        _correct_elsewhere(ctx, repository.lines(ctx, [invoice.id]))
    elif reached is State.ISSUED:
        _reconcile_again(ctx, invoice)
    elif reached is State.DELETED:
        invoice.deleted_at = ctx.now
        _delete_lines(ctx, invoice)


def _delete_lines(ctx: Context, invoice: Invoice) -> None:
    """A deleted draft takes its lines with it; what a subscription still owes is gathered again."""
    lines = repository.lines(ctx, [invoice.id])
    for line in lines:
        line.deleted_at = ctx.now
        ctx.session.add(line)
    _correct_elsewhere(ctx, lines)
    _announce_subscriptions(ctx, lines)


def _reconcile_again(ctx: Context, invoice: Invoice) -> None:
    """What a subscription changed while the invoice was being issued can be corrected now."""
    if any(issue["component"] == SUBSCRIPTION for issue in invoice.validation_issues):
        _announce_subscriptions(ctx, repository.lines(ctx, [invoice.id]))


def _announce_subscriptions(ctx: Context, lines: Iterable[InvoiceLine]) -> None:
    for subscription_id in sorted({line.subscription_id for line in lines if line.subscription_id}):
        outbox.announce(ctx, CHANGED, subscription_id=subscription_id)


def _correct_elsewhere(ctx: Context, lines: Iterable[InvoiceLine]) -> None:
    """What an invoice corrected that no longer counts, the next one corrects."""
    for line in lines:
        if line.correction_id is not None:
            gather_again(ctx, line, net(line))
