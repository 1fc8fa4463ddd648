"""What a subscription should be billed, against the lines there are: only the difference is moved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.catalog import price_document
from backend.customers import service as customers
from backend.engine.invoice.lifecycle import State, is_immutable
from backend.engine.subscribe.align import billing_period_at
from backend.engine.subscribe.prorate import Proration, billed_price, should_prorate
from backend.engine.subscribe.schedule import ScheduledLine, schedule
from backend.engine.subscribe.view import SubscriptionView
from backend.errors import Conflict, Issue, NotFound
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import BillingSchedule, Invoice, InvoiceKind, InvoiceLine, ManagedBy, Severity
from backend.invoicing.service.gathering import gathering_invoice, tidy
from backend.invoicing.service.overrides import profile_of
from backend.invoicing.service.rating import discount_document
from backend.invoicing.service.steps import add_issues, edited, lock_invoice
from backend.invoicing.workflow import from_document
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import BillingView

IMMUTABLE = "immutable_invoice_handling_not_supported"
SETTLED_BY_CREDIT = "credit_only"

PASSING = frozenset({State.DRAFT_UPDATING.value, State.DRAFT_SYNCING.value})
"""States that a draft is about to leave; whoever wants to change it comes back."""


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A line as the subscription wants it: its identity, and what may change about it."""

    reference: str
    content: dict[str, Any]
    discounts: dict[str, Any]


def sync(ctx: Context, subscription_id: str) -> None:
    """Make the lines of a subscription what they should be now (billing spec 3.8). Repeating it changes nothing.

    Missing lines are gathered, obsolete ones removed, changed ones rewritten, also on drafts, which are then
    calculated again. What is issued already is left as it is, with a warning. Lines that a person changed stay.
    """
    marker = repository.billing_schedule(ctx, subscription_id) or BillingSchedule(subscription_id=subscription_id)
    ctx.session.add(marker)
    ctx.session.flush()
    subscription = _living(ctx, subscription_id)
    view = subscriptions.view(ctx, subscription) if subscription else None
    horizon = _horizon(view.schedule, ctx.now) if view else None
    targets = _targets(ctx, subscription, view, horizon) if subscription and view and horizon else []
    _reconcile(ctx, subscription, subscription_id, {target.reference: target for target in targets})
    marker.next_at = horizon if subscription and _goes_on(subscription, horizon) else None


def _goes_on(subscription: Subscription, horizon: datetime | None) -> bool:
    """Whether more lines will come after the horizon."""
    return horizon is not None and (subscription.active_to is None or horizon < subscription.active_to)


def _living(ctx: Context, subscription_id: str) -> Subscription | None:
    try:
        return subscriptions.get(ctx, subscription_id)
    except NotFound:
        return None


def _horizon(view: SubscriptionView, now: datetime) -> datetime | None:
    """The end of the billing period that contains now: everything due up to then is gathered in time."""
    if view.active.is_empty:
        return None
    return billing_period_at(view, max(now, view.active_from)).end


def _targets(ctx: Context, subscription: Subscription, view: BillingView, horizon: datetime) -> list[TargetLine]:
    if subscription.settlement_mode == SETTLED_BY_CREDIT:
        return []
    at_end = from_document(profile_of(ctx, subscription.customer_id).workflow).end_proration
    proration = Proration(subscription.pro_rating_enabled, at_end)
    found = (_target(subscription, view, line, proration) for line in schedule(view.schedule, horizon))
    return [target for target in found if target is not None]


def _target(
    subscription: Subscription, view: BillingView, line: ScheduledLine, proration: Proration
) -> TargetLine | None:
    prorated = should_prorate(proration, line.price, line.service_period, subscription.active_to)
    price = billed_price(
        line.price,
        subscription.currency,
        service=line.service_period,
        full=line.full_service_period,
        prorated=prorated,
    )
    if price is None:
        return None
    sold = view.items[line.item.id]
    content = {
        "name": sold.name,
        "description": sold.description,
        "period_start": line.service_period.start,
        "period_end": line.service_period.end,
        "invoice_at": line.invoice_at,
        "feature_key": sold.feature_key,
        "feature_id": sold.feature_id,
        "price": price_document.price_to_document(price, sold.commitment, sold.unit_config),
        "tax_config": dict(sold.tax_config) if sold.tax_config is not None else None,
        "subscription_phase_id": view.phase_ids[line.phase.key],
        "subscription_item_id": line.item.id,
        "billing_period_start": line.billing_period.start,
        "billing_period_end": line.billing_period.end,
    }
    return TargetLine(line.reference, content, discount_document(sold.discounts))


def _reconcile(
    ctx: Context, subscription: Subscription | None, subscription_id: str, targets: dict[str, TargetLine]
) -> None:
    present = repository.subscription_lines(ctx, subscription_id)
    holders = {line.invoice_id: line.invoice_id for line in present}
    invoices = {invoice_id: lock_invoice(ctx, invoice_id) for invoice_id in sorted(holders)}
    touched: dict[str, Invoice] = {}
    for line in repository.subscription_lines(ctx, subscription_id):
        target = targets.pop(line.reference or "", None)
        if line.managed_by != ManagedBy.SUBSCRIPTION or (target is not None and _same(line, target)):
            continue
        invoice = invoices.get(line.invoice_id) or lock_invoice(ctx, line.invoice_id)
        if invoice.status in PASSING:
            raise Conflict(f"The invoice {invoice.number} is {invoice.status}. Its lines are changed afterwards.")
        if _is_immutable(invoice):
            _warn(ctx, invoice, line)
            continue
        _rewrite(ctx, line, target)
        touched[invoice.id] = invoice
    if targets and subscription is not None:
        gathering = _gather(ctx, subscription, list(targets.values()))
        touched[gathering.id] = gathering
    ctx.session.flush()
    for invoice in touched.values():
        if invoice.kind == InvoiceKind.GATHERING:
            tidy(ctx, invoice)
        else:
            edited(ctx, invoice, "The subscription changed.")


def _gather(ctx: Context, subscription: Subscription, targets: list[TargetLine]) -> Invoice:
    """Put new lines on the customer's gathering invoice."""
    customer = customers.get(ctx, subscription.customer_id, deleted=True)
    gathering, _ = gathering_invoice(ctx, customer, subscription.currency)
    for target in targets:
        line = InvoiceLine(
            invoice_id=gathering.id,
            customer_id=customer.id,
            currency=subscription.currency,
            reference=target.reference,
            managed_by=ManagedBy.SUBSCRIPTION,
            subscription_id=subscription.id,
            discounts=target.discounts,
            **target.content,
        )
        ctx.session.add(line)
    return gathering


def _rewrite(ctx: Context, line: InvoiceLine, target: TargetLine | None) -> None:
    """Bring a line up to date, or take it away."""
    if target is None:
        line.deleted_at = ctx.now
    else:
        for name, value in target.content.items():
            setattr(line, name, value)
    ctx.session.add(line)


def _same(line: InvoiceLine, target: TargetLine) -> bool:
    return all(getattr(line, name) == value for name, value in target.content.items())


def _is_immutable(invoice: Invoice) -> bool:
    return invoice.kind == InvoiceKind.STANDARD and is_immutable(State(invoice.status))


def _warn(ctx: Context, invoice: Invoice, line: InvoiceLine) -> None:
    message = f"The subscription changed what {line.name} should be, but this invoice can no longer be changed."
    issue = Issue(f"lines/{line.id}", IMMUTABLE, message)
    add_issues(ctx, invoice, Severity.WARNING, "subscription", [issue])
