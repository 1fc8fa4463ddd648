"""What becomes of an issued invoice: providers tell it by messages, and the sandbox pays by itself."""

from collections.abc import Iterable

from sqlalchemy.exc import IntegrityError

from backend.customers import service as customers
from backend.engine.invoice.lifecycle import TRANSITIONS, State, Trigger
from backend.errors import Issue, NotFound
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import App, Invoice
from backend.invoicing.ports import Apps
from backend.payments import repository
from backend.payments.message import ProviderMessage
from backend.payments.models import Outcome, PaymentMessage

DECISIVE = frozenset({Trigger.PAID, Trigger.VOID, Trigger.UNCOLLECTIBLE})
"""What stays true whenever it is heard; anything else is news only when nothing later is known."""

SETTLED_AT_ONCE = 1000
"""How many pending invoices one round looks at; the next round takes the rest."""


def receive(ctx: Context, app: App, message: ProviderMessage) -> bool:
    """Count a provider's message once and let it take effect; false when it was counted before.

    Messages may come late, twice and out of order. One about an invoice that is not issued here yet waits until it
    is; one without a meaning for us is kept and ignored.
    """
    if repository.is_known(ctx, app.id, message.event_id):
        return False
    invoice_id = _invoice_id(ctx, app, message)
    row = PaymentMessage(
        app_id=app.id,
        event_id=message.event_id,
        event_type=message.event_type,
        occurred_at=message.occurred_at,
        trigger=message.trigger.value if message.trigger else None,
        about_issuing=message.about_issuing,
        invoice_id=invoice_id,
        outcome=Outcome.WAITING if invoice_id and message.trigger else Outcome.IGNORED,
        note=message.note,
    )
    try:
        with ctx.session.begin_nested():
            ctx.session.add(row)
    except IntegrityError:
        return False
    if invoice_id:
        _settle_messages(ctx, invoicing.lock_invoice(ctx, invoice_id))
    return True


def settle(ctx: Context, invoice_id: str, apps: Apps) -> bool:
    """Let waiting messages and payment by itself take effect on an invoice; whether anything happened."""
    invoice = invoicing.lock_invoice(ctx, invoice_id)
    if _settle_messages(ctx, invoice):
        return True
    if invoice.status != State.PAYMENT_PENDING:
        return False
    app = apps.get(invoicing.get_app(ctx, invoice.payment_app_id).kind)
    if app is None:
        return False
    customer = customers.get(ctx, invoice.customer_id, deleted=True)
    outcome = app.payment_outcome(customer.labels or {})
    if outcome is not None:
        invoicing.pay(ctx, invoice, outcome)
    return outcome is not None


def _settle_messages(ctx: Context, invoice: Invoice) -> bool:
    """Apply the messages about an invoice, in the order things happened; whether any took effect."""
    applied = False
    for message in repository.waiting(ctx, invoice.id):
        outcome = _apply(ctx, invoice, message)
        if outcome is not message.outcome:
            message.outcome = outcome
            ctx.session.add(message)
            ctx.session.flush()
        applied = applied or outcome is Outcome.APPLIED
    return applied


def invoices_to_settle(ctx: Context, apps: Apps) -> Iterable[str]:
    """The pending invoices of apps that pay by themselves, and those that messages wait for."""
    paying = [app.id for app in invoicing.list_apps(ctx) if app.kind in apps and apps[app.kind].pays_by_itself]
    pending = invoicing.InvoiceFilter(
        states=(State.PAYMENT_PENDING.value,), payment_app_ids=paying, limit=SETTLED_AT_ONCE
    )
    rows = invoicing.list_invoices(ctx, pending)[0] if paying else ()
    return dict.fromkeys([*(row.id for row in rows), *repository.invoices_waited_for(ctx)])


def _apply(ctx: Context, invoice: Invoice, message: PaymentMessage) -> Outcome:
    state, trigger = State(invoice.status), Trigger(message.trigger or "")
    if message.about_issuing:
        return _apply_to_issuing(ctx, invoice, state, message)
    if state is State.ISSUED or state.startswith(("issuing.", "draft.")):
        return Outcome.WAITING
    latest = repository.last_applied_at(ctx, invoice.id)
    is_stale = latest is not None and message.occurred_at < latest and trigger not in DECISIVE
    if is_stale or trigger not in TRANSITIONS[state]:
        return Outcome.IGNORED
    invoicing.pay(ctx, invoice, trigger, message.event_type)
    return Outcome.APPLIED


def _apply_to_issuing(ctx: Context, invoice: Invoice, state: State, message: PaymentMessage) -> Outcome:
    """The provider could not issue the invoice after all."""
    if state is not State.ISSUING_SYNCING:
        return Outcome.IGNORED
    reason = message.note or "The payment provider could not issue the invoice."
    invoicing.refused(ctx, invoice, Issue("", "finalization_failed", reason))
    return Outcome.APPLIED


def _invoice_id(ctx: Context, app: App, message: ProviderMessage) -> str | None:
    """The invoice a message is about: by the id we gave it, or by the id the provider gave it."""
    if message.invoice_id is not None:
        try:
            found = invoicing.get(ctx, message.invoice_id)
        except NotFound:
            return None
        return found.id if found.invoicing_app_id == app.id else None
    return invoicing.id_by_external_id(ctx, app.id, message.external_id) if message.external_id else None
