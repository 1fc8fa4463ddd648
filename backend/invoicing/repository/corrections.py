"""Every query on corrections of issued invoices, and on usage that came late for them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func
from sqlmodel import col, select

from backend.infra.context import Context
from backend.invoicing.correction_models import Correction, CorrectionReason, CorrectionStatus, LateUsage, LateUsageLook
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine

_METERED_LAST = select(func.max(Invoice.quantities_at)).where(col(Invoice.namespace) == bindparam("namespace"))
"""Built once: it is asked whenever events are stored."""


def correction(ctx: Context, correction_id: str) -> Correction | None:
    """A correction by its id, as it is at this moment."""
    query = select(Correction).where(col(Correction.namespace) == ctx.namespace, col(Correction.id) == correction_id)
    return ctx.session.exec(query.execution_options(populate_existing=True)).first()


def corrections_of_lines(ctx: Context, line_ids: Iterable[str]) -> Sequence[Correction]:
    """The corrections of lines on issued invoices, in the order of their numbers."""
    query = select(Correction).where(
        col(Correction.namespace) == ctx.namespace, col(Correction.line_id).in_(list(line_ids))
    )
    return ctx.session.exec(query.order_by(col(Correction.line_id), col(Correction.number))).all()


def corrections(
    ctx: Context,
    *,
    ids: Collection[str] | None = None,
    customer_id: str | None = None,
    invoice_id: str | None = None,
    statuses: Collection[CorrectionStatus] = (),
) -> Sequence[Correction]:
    """Corrections that match, the newest first."""
    query = select(Correction).where(col(Correction.namespace) == ctx.namespace)
    if ids is not None:
        query = query.where(col(Correction.id).in_(ids))
    if customer_id is not None:
        query = query.where(col(Correction.customer_id) == customer_id)
    if invoice_id is not None:
        query = query.where(col(Correction.invoice_id) == invoice_id)
    if statuses:
        query = query.where(col(Correction.status).in_([status.value for status in statuses]))
    return ctx.session.exec(query.order_by(col(Correction.created_at).desc(), col(Correction.id).desc())).all()


def lines_corrected_for(ctx: Context, subscription_id: str) -> frozenset[str]:
    """The lines that were corrected because a subscription wanted something else, and other parts of their periods."""
    corrected = select(Correction.line_id).where(
        col(Correction.namespace) == ctx.namespace,
        col(Correction.subscription_id) == subscription_id,
        col(Correction.reason) == CorrectionReason.SUBSCRIPTION.value,
    )
    found = frozenset(ctx.session.exec(corrected.distinct()))
    groups = select(InvoiceLine.group_id).where(col(InvoiceLine.id).in_(found), col(InvoiceLine.group_id).is_not(None))
    parts = select(InvoiceLine.id).where(col(InvoiceLine.group_id).in_(groups)) if found else None
    return found if parts is None else found.union(ctx.session.exec(parts))


def lines_booking(ctx: Context, correction_id: str) -> Sequence[InvoiceLine]:
    """The living lines that book a correction: one, or more when an invoice could not take all of it."""
    query = select(InvoiceLine).where(
        col(InvoiceLine.namespace) == ctx.namespace,
        col(InvoiceLine.correction_id) == correction_id,
        col(InvoiceLine.deleted_at).is_(None),
    )
    return ctx.session.exec(query.order_by(col(InvoiceLine.created_at), col(InvoiceLine.id))).all()


def metered_last(ctx: Context) -> datetime | None:
    """When usage was last taken down for an invoice; None before the first time."""
    last: datetime | None = ctx.session.connection().execute(_METERED_LAST, {"namespace": ctx.namespace}).scalar()
    return last


def metered_lines(
    ctx: Context, customer_ids: Collection[str], until: datetime, since: datetime
) -> Sequence[tuple[InvoiceLine, Invoice]]:
    """The living lines with usage of customers' standard invoices whose whole period touches [since, until]."""
    start = func.coalesce(InvoiceLine.full_period_start, InvoiceLine.period_start)
    end = func.coalesce(InvoiceLine.full_period_end, InvoiceLine.period_end)
    query = (
        select(InvoiceLine, Invoice)
        .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
        .where(
            col(Invoice.namespace) == ctx.namespace,
            col(Invoice.customer_id).in_(customer_ids),
            col(Invoice.kind) == InvoiceKind.STANDARD,
            col(Invoice.quantities_at).is_not(None),
            col(InvoiceLine.metered_quantity).is_not(None),
            col(InvoiceLine.deleted_at).is_(None),
            start <= until,
            end > since,
        )
    )
    return ctx.session.exec(query.order_by(col(InvoiceLine.period_start), col(InvoiceLine.id))).all()


def late_subjects(ctx: Context) -> set[str]:
    """The subjects whose usage came late and was not looked at yet."""
    query = select(LateUsage.subject).where(col(LateUsage.namespace) == ctx.namespace)
    return set(ctx.session.exec(query.distinct()))


def late_usage(ctx: Context, subjects: Collection[str]) -> Sequence[LateUsage]:
    """What came late of some subjects and was not looked at yet, the oldest first."""
    query = select(LateUsage).where(col(LateUsage.namespace) == ctx.namespace, col(LateUsage.subject).in_(subjects))
    return ctx.session.exec(query.order_by(col(LateUsage.id))).all()


def late_usage_look(ctx: Context) -> LateUsageLook | None:
    """Up to when stored events were looked through once more; held until the transaction ends."""
    query = select(LateUsageLook).where(col(LateUsageLook.namespace) == ctx.namespace)
    return ctx.session.exec(query.with_for_update()).first()


def forget_late_usage(ctx: Context, ids: Collection[str]) -> None:
    """What was looked at is past."""
    if ids:
        ctx.session.exec(delete(LateUsage).where(col(LateUsage.id).in_(ids)))
