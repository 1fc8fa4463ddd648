"""Every query of payments."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import col, select

from backend.infra.context import Context
from backend.payments.models import Outcome, PaymentMessage


def is_known(ctx: Context, app_id: str, event_id: str) -> bool:
    """Whether a message was counted before."""
    query = select(PaymentMessage.id).where(
        col(PaymentMessage.namespace) == ctx.namespace,
        col(PaymentMessage.app_id) == app_id,
        col(PaymentMessage.event_id) == event_id,
    )
    return ctx.session.exec(query).first() is not None


def waiting(ctx: Context, invoice_id: str) -> Sequence[PaymentMessage]:
    """The messages about an invoice that wait for it, in the order things happened."""
    query = select(PaymentMessage).where(
        col(PaymentMessage.namespace) == ctx.namespace,
        col(PaymentMessage.invoice_id) == invoice_id,
        col(PaymentMessage.outcome) == Outcome.WAITING,
    )
    return ctx.session.exec(query.order_by(col(PaymentMessage.occurred_at), col(PaymentMessage.event_id))).all()


def last_applied_at(ctx: Context, invoice_id: str) -> datetime | None:
    """When the latest thing happened that is already recorded on an invoice."""
    query = select(PaymentMessage.occurred_at).where(
        col(PaymentMessage.namespace) == ctx.namespace,
        col(PaymentMessage.invoice_id) == invoice_id,
        col(PaymentMessage.outcome) == Outcome.APPLIED,
    )
    return ctx.session.exec(query.order_by(col(PaymentMessage.occurred_at).desc())).first()


def invoices_waited_for(ctx: Context) -> Iterable[str]:
    """The invoices that messages wait for."""
    query = select(PaymentMessage.invoice_id).where(
        col(PaymentMessage.namespace) == ctx.namespace, col(PaymentMessage.outcome) == Outcome.WAITING
    )
    return sorted({invoice_id for invoice_id in ctx.session.exec(query).all() if invoice_id})
