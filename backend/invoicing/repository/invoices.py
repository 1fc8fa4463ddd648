"""Every query on invoices, their lines, their history and their numbers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.engine.filter import Filter
from backend.engine.invoice.lifecycle import State
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.infra.filters import condition
from backend.invoicing.models import (
    DetailedLine,
    Invoice,
    InvoiceEvent,
    InvoiceKind,
    InvoiceLine,
    InvoiceSequence,
    ManagedBy,
)
from backend.subscriptions.models import Subscription

ORDERS: dict[str, Any] = {
    "created_at": col(Invoice.created_at),
    "updated_at": col(Invoice.updated_at),
    "issued_at": col(Invoice.issued_at),
    "period_start": col(Invoice.period_start),
    "status": col(Invoice.status),
    "customer_name": col(Invoice.customer)["name"].as_string(),
}
"""What invoices can be sorted by."""


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices are wanted; what is left empty does not restrict. `filters` compare columns in other ways."""

    kinds: Collection[str] = ()
    states: Collection[str] = ()
    state_prefixes: Collection[str] = ()
    customer_ids: Collection[str] = ()
    payment_app_ids: Collection[str] = ()
    issued_after: datetime | None = None
    issued_before: datetime | None = None
    period_start_after: datetime | None = None
    period_start_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    filters: Mapping[str, Filter] = field(default_factory=dict)
    include_deleted: bool = False
    order_by: str = "created_at"
    descending: bool = False
    offset: int = 0
    limit: int = 100


def invoice(ctx: Context, invoice_id: str, *, lock: bool = False) -> Invoice | None:
    """An invoice by its id, also a deleted one; with `lock` nobody else changes it until the end."""
    query = select(Invoice).where(col(Invoice.namespace) == ctx.namespace, col(Invoice.id) == invoice_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return ctx.session.exec(query).first()


def customer_of_invoice(invoice_id: str) -> SelectOfScalar[str]:
    """The query for the id of an invoice's customer."""
    return select(Invoice.customer_id).where(col(Invoice.id) == invoice_id)


def customer_of_subscription(subscription_id: str) -> SelectOfScalar[str]:
    """The query for the id of a subscription's customer, also of a deleted subscription's."""
    return select(Subscription.customer_id).where(col(Subscription.id) == subscription_id)


def invoice_id_by_external_id(ctx: Context, app_id: str, external_id: str) -> str | None:
    """The invoice that an app knows under this id."""
    return ctx.session.exec(
        select(Invoice.id).where(
            col(Invoice.namespace) == ctx.namespace,
            col(Invoice.invoicing_app_id) == app_id,
            col(Invoice.external_id) == external_id,
        )
    ).first()


def number_is_taken(ctx: Context, number: str) -> bool:
    """Whether some invoice of this namespace has the number."""
    query = select(Invoice.id).where(col(Invoice.namespace) == ctx.namespace, col(Invoice.number) == number)
    return ctx.session.exec(query).first() is not None


def invoices(ctx: Context, wanted: InvoiceFilter) -> tuple[Sequence[Invoice], int]:
    """One page of the invoices that match, and how many match in all."""
    conditions = [col(Invoice.namespace) == ctx.namespace, *_conditions(ctx, wanted)]
    total = ctx.session.exec(select(func.count()).select_from(Invoice).where(*conditions)).one()
    order = ORDERS[wanted.order_by]
    query = (
        select(Invoice)
        .where(*conditions)
        .order_by((order.desc() if wanted.descending else order.asc()).nulls_last(), col(Invoice.id).asc())
        .offset(wanted.offset)
        .limit(wanted.limit)
    )
    return ctx.session.exec(query).all(), total


def issued_amounts(ctx: Context, since: datetime) -> Sequence[tuple[datetime, str, Decimal]]:
    """When each living invoice was issued since an instant, its currency and its total; voided ones are left out."""
    columns: Any = (Invoice.issued_at, Invoice.currency, Invoice.total)
    query = select(*columns).where(
        col(Invoice.namespace) == ctx.namespace,
        col(Invoice.deleted_at).is_(None),
        col(Invoice.issued_at) >= since,
        col(Invoice.status) != State.VOIDED,
    )
    return [(issued_at, currency, total) for issued_at, currency, total in ctx.session.exec(query)]


def _conditions(ctx: Context, wanted: InvoiceFilter) -> list[ColumnElement[bool]]:
    found = [condition(ctx, getattr(Invoice, name), by) for name, by in wanted.filters.items()]
    if not wanted.include_deleted:
        found.append(col(Invoice.deleted_at).is_(None))
    for column, values in (
        (Invoice.kind, wanted.kinds),
        (Invoice.status, wanted.states),
        (Invoice.customer_id, wanted.customer_ids),
        (Invoice.payment_app_id, wanted.payment_app_ids),
    ):
        if values:
            found.append(col(column).in_(values))
    if wanted.state_prefixes:
        found.append(or_(*(col(Invoice.status).startswith(prefix) for prefix in wanted.state_prefixes)))
    for moment, after, before in (
        (Invoice.issued_at, wanted.issued_after, wanted.issued_before),
        (Invoice.period_start, wanted.period_start_after, wanted.period_start_before),
        (Invoice.created_at, wanted.created_after, wanted.created_before),
    ):
        if after is not None:
            found.append(col(moment) >= after)
        if before is not None:
            found.append(col(moment) <= before)
    return found


def gathering(ctx: Context, customer_id: str, currency: str | None = None) -> Sequence[Invoice]:
    """The customer's gathering invoices, locked: whoever holds them moves their lines."""
    query = select(Invoice).where(
        col(Invoice.namespace) == ctx.namespace,
        col(Invoice.customer_id) == customer_id,
        col(Invoice.kind) == InvoiceKind.GATHERING,
        col(Invoice.deleted_at).is_(None),
    )
    if currency is not None:
        query = query.where(col(Invoice.currency) == currency)
    query = query.order_by(col(Invoice.currency)).with_for_update().execution_options(populate_existing=True)
    return ctx.session.exec(query).all()


def lines(ctx: Context, invoice_ids: Iterable[str], *, include_deleted: bool = False) -> Sequence[InvoiceLine]:
    """The lines of invoices, in the order they are shown."""
    query = select(InvoiceLine).where(
        col(InvoiceLine.namespace) == ctx.namespace, col(InvoiceLine.invoice_id).in_(list(invoice_ids))
    )
    if not include_deleted:
        query = query.where(col(InvoiceLine.deleted_at).is_(None))
    order = (col(InvoiceLine.period_start), col(InvoiceLine.name), col(InvoiceLine.id))
    return ctx.session.exec(query.order_by(*order).execution_options(populate_existing=True)).all()


def lines_with_details(
    ctx: Context, invoice_id: str, *, include_deleted: bool = False
) -> Sequence[tuple[InvoiceLine, Sequence[DetailedLine]]]:
    """The lines of an invoice, each with its detailed lines, both in the order they are shown; one statement."""
    query = (
        select(InvoiceLine, DetailedLine)
        .join(DetailedLine, col(DetailedLine.line_id) == col(InvoiceLine.id), isouter=True)
        .where(col(InvoiceLine.namespace) == ctx.namespace, col(InvoiceLine.invoice_id) == invoice_id)
    )
    if not include_deleted:
        query = query.where(col(InvoiceLine.deleted_at).is_(None))
    order = (col(InvoiceLine.period_start), col(InvoiceLine.name), col(InvoiceLine.id), col(DetailedLine.position))
    found: dict[str, tuple[InvoiceLine, list[DetailedLine]]] = {}
    for line, detail in ctx.session.exec(query.order_by(*order).execution_options(populate_existing=True)):
        _, details_of_line = found.setdefault(line.id, (line, []))
        if detail is not None:
            details_of_line.append(detail)
    return list(found.values())


def has_lines(ctx: Context, invoice_id: str) -> bool:
    """Whether an invoice has any line."""
    query = select(InvoiceLine.id).where(
        col(InvoiceLine.namespace) == ctx.namespace,
        col(InvoiceLine.invoice_id) == invoice_id,
        col(InvoiceLine.deleted_at).is_(None),
    )
    return ctx.session.exec(query.limit(1)).first() is not None


def subscription_lines(ctx: Context, subscription_id: str) -> Sequence[InvoiceLine]:
    """The lines of a subscription, wherever they are, by reference and period; also those that a person removed."""
    query = select(InvoiceLine).where(
        col(InvoiceLine.namespace) == ctx.namespace,
        col(InvoiceLine.subscription_id) == subscription_id,
        or_(col(InvoiceLine.deleted_at).is_(None), col(InvoiceLine.managed_by) == ManagedBy.MANUAL),
    )
    order = (col(InvoiceLine.reference), col(InvoiceLine.period_start), col(InvoiceLine.id))
    return ctx.session.exec(query.order_by(*order).execution_options(populate_existing=True)).all()


def last_due(ctx: Context, subscription_id: str) -> datetime | None:
    """When the last living line of a subscription is due; None without lines."""
    query = select(func.max(InvoiceLine.invoice_at)).where(
        col(InvoiceLine.namespace) == ctx.namespace,
        col(InvoiceLine.subscription_id) == subscription_id,
        col(InvoiceLine.deleted_at).is_(None),
    )
    return ctx.session.exec(query).one()


def open_invoices(ctx: Context, subscription_id: str, closed: Collection[State]) -> Sequence[Invoice]:
    """The invoices with lines of a subscription that are not in a closed state, locked in the order of their ids."""
    holders = select(InvoiceLine.invoice_id).where(
        col(InvoiceLine.namespace) == ctx.namespace,
        col(InvoiceLine.subscription_id) == subscription_id,
        col(InvoiceLine.deleted_at).is_(None),
    )
    query = select(Invoice).where(
        col(Invoice.namespace) == ctx.namespace,
        col(Invoice.id).in_(holders),
        col(Invoice.status).not_in([state.value for state in closed]),
    )
    query = query.order_by(col(Invoice.id)).with_for_update().execution_options(populate_existing=True)
    return ctx.session.exec(query).all()


def parts(ctx: Context, group_ids: Iterable[str]) -> Sequence[InvoiceLine]:
    """The living lines that are parts of the same periods, in the order of time."""
    query = select(InvoiceLine).where(
        col(InvoiceLine.namespace) == ctx.namespace,
        col(InvoiceLine.group_id).in_(list(group_ids)),
        col(InvoiceLine.deleted_at).is_(None),
    )
    return ctx.session.exec(query.order_by(col(InvoiceLine.period_start))).all()


def details(ctx: Context, line_ids: Iterable[str]) -> Sequence[DetailedLine]:
    """The detailed lines of lines, in order."""
    query = select(DetailedLine).where(
        col(DetailedLine.namespace) == ctx.namespace, col(DetailedLine.line_id).in_(list(line_ids))
    )
    return ctx.session.exec(query.order_by(col(DetailedLine.line_id), col(DetailedLine.position))).all()


def remove_details(ctx: Context, detail_ids: Collection[str]) -> None:
    """Remove detailed lines that no longer are."""
    if detail_ids:
        ctx.session.exec(delete(DetailedLine).where(col(DetailedLine.id).in_(detail_ids)))


def events(ctx: Context, invoice_id: str) -> Sequence[InvoiceEvent]:
    """The steps of an invoice's life, oldest first."""
    query = select(InvoiceEvent).where(
        col(InvoiceEvent.namespace) == ctx.namespace, col(InvoiceEvent.invoice_id) == invoice_id
    )
    return ctx.session.exec(query.order_by(col(InvoiceEvent.position))).all()


def sequence(ctx: Context, name: str) -> InvoiceSequence | None:
    """A number sequence, locked until the end of the transaction."""
    query = select(InvoiceSequence).where(
        col(InvoiceSequence.namespace) == ctx.namespace, col(InvoiceSequence.name) == name
    )
    return ctx.session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def start_sequence(ctx: Context, name: str) -> None:
    """Begin a sequence at 1, unless somebody else has just done so."""
    is_sqlite = ctx.session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(InvoiceSequence) if is_sqlite else postgresql.insert(InvoiceSequence)
    row = {"id": new_id(), "namespace": ctx.namespace, "created_at": ctx.now, "updated_at": ctx.now}
    started = insert.values(**row, name=name, next_number=1)
    ctx.session.connection().execute(started.on_conflict_do_nothing(index_elements=["namespace", "name"]))
