"""Every query on what is due now, and on when something will be."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select

from backend.engine.invoice.lifecycle import State
from backend.infra.context import Context
from backend.invoicing.models import (
    BillingSchedule,
    Invoice,
    InvoiceKind,
)

WAITS = (
    (State.DRAFT_WAITING_FOR_COLLECTION, Invoice.collection_at),
    (State.DRAFT_WAITING_AUTO_APPROVAL, Invoice.draft_until),
)
"""The states in which an invoice waits for a moment."""


def billing_schedule(ctx: Context, subscription_id: str) -> BillingSchedule | None:
    """When a subscription is looked at again, locked."""
    query = select(BillingSchedule).where(
        col(BillingSchedule.namespace) == ctx.namespace, col(BillingSchedule.subscription_id) == subscription_id
    )
    return ctx.session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def subscriptions_to_sync(ctx: Context) -> Sequence[str]:
    """The subscriptions whose lines have to be looked at now."""
    return ctx.session.exec(
        select(BillingSchedule.subscription_id)
        .where(col(BillingSchedule.namespace) == ctx.namespace, col(BillingSchedule.next_at) <= ctx.now)
        .order_by(col(BillingSchedule.next_at), col(BillingSchedule.subscription_id))
    ).all()


def customers_to_collect(ctx: Context) -> Sequence[str]:
    """The customers whose gathering invoices are to be looked at now, the longest due first."""
    return ctx.session.exec(
        select(Invoice.customer_id)
        .where(*_gathering(ctx), col(Invoice.collection_at) <= ctx.now)
        .group_by(col(Invoice.customer_id))
        .order_by(func.min(Invoice.collection_at), col(Invoice.customer_id))
    ).all()


def invoices_in(ctx: Context, states: Iterable[State]) -> Sequence[str]:
    """The living standard invoices in one of these states that do not wait for a later moment, oldest first."""
    return ctx.session.exec(
        select(Invoice.id)
        .where(
            col(Invoice.namespace) == ctx.namespace,
            col(Invoice.kind) == InvoiceKind.STANDARD,
            col(Invoice.status).in_([state.value for state in states]),
            col(Invoice.deleted_at).is_(None),
            *(
                or_(col(Invoice.status) != state.value, col(moment).is_(None), col(moment) <= ctx.now)
                for state, moment in WAITS
            ),
        )
        .order_by(col(Invoice.created_at), col(Invoice.id))
    ).all()


def next_moments(ctx: Context) -> list[datetime]:
    """The next future instants of each kind at which there will be something to do."""
    session = ctx.session
    found = [
        session.exec(
            select(func.min(BillingSchedule.next_at)).where(
                col(BillingSchedule.namespace) == ctx.namespace, col(BillingSchedule.next_at) > ctx.now
            )
        ).one(),
        session.exec(
            select(func.min(Invoice.collection_at)).where(*_gathering(ctx), col(Invoice.collection_at) > ctx.now)
        ).one(),
    ]
    for state, moment in WAITS:
        query = select(func.min(moment)).where(
            col(Invoice.namespace) == ctx.namespace, col(Invoice.status) == state, col(moment) > ctx.now
        )
        found.append(session.exec(query).one())
    return [instant for instant in found if instant is not None]


def oldest_due(ctx: Context) -> datetime | None:
    """Since when the longest waiting schedule, gathering invoice or waiting invoice has been due; None without any."""
    queries = [
        select(func.min(BillingSchedule.next_at)).where(col(BillingSchedule.namespace) == ctx.namespace),
        select(func.min(Invoice.collection_at)).where(*_gathering(ctx)),
        *(
            select(func.min(moment)).where(
                col(Invoice.namespace) == ctx.namespace, col(Invoice.status) == state, col(Invoice.deleted_at).is_(None)
            )
            for state, moment in WAITS
        ),
    ]
    found = [ctx.session.exec(query).one() for query in queries]
    return min((instant for instant in found if instant is not None and instant <= ctx.now), default=None)


def _gathering(ctx: Context) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Invoice.namespace) == ctx.namespace,
        col(Invoice.status) == InvoiceKind.GATHERING,
        col(Invoice.deleted_at).is_(None),
    )
