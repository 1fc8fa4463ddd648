"""The piles a finance desk sorts invoices into, and the queries that find each pile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import col, select

from backend.engine.exact import EXACT, ZERO
from backend.engine.invoice.lifecycle import State
from backend.infra.context import Context
from backend.invoicing.models import Invoice, InvoiceKind


class Stage(StrEnum):
    """Where an invoice lies on the desk. Every invoice lies in exactly one pile."""

    GATHERING = "gathering"
    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    ISSUED = "issued"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"


BILLED = (Stage.ISSUED, Stage.OVERDUE, Stage.PAID, Stage.VOID)
"""The piles whose invoices the customer has been sent."""

ORDERS: dict[str, Any] = {
    "created_at": col(Invoice.created_at),
    "due_at": col(Invoice.due_at),
    "number": col(Invoice.number),
    "customer": func.lower(col(Invoice.customer)["name"].as_string()),
}
"""What a pile can be sorted by."""


@dataclass(frozen=True, slots=True)
class StageFilter:
    """Which invoices to list. No stages are all of them; `search` looks at number and customer name.

    With `upcoming_first` what is still gathering comes before everything else.
    """

    stages: Collection[Stage] = ()
    customer_ids: Collection[str] | None = None
    search: str = ""
    order_by: str = "created_at"
    descending: bool = True
    upcoming_first: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Pile:
    """How many invoices of a customer lie in a stage, and what they come to in one currency; gathering ones say 0."""

    customer_id: str
    stage: Stage
    currency: str
    count: int
    total: Decimal


def stage_of(state: str, due_at: datetime | None, now: datetime) -> Stage:
    """The pile of an invoice by its state; one that is not paid when it is due is overdue, whoever has said so."""
    if state == Stage.GATHERING:
        return Stage.GATHERING
    stage = _BY_STATE[State(state)]
    is_late = stage is Stage.ISSUED and due_at is not None and due_at < now
    return Stage.OVERDUE if is_late else stage


def page(ctx: Context, wanted: StageFilter) -> tuple[Sequence[Invoice], int]:
    """One page of the invoices that match, and how many match in all."""
    conditions = _living(ctx, wanted.customer_ids)
    if wanted.stages:
        conditions.append(or_(*(_lies_in(stage, ctx.now) for stage in wanted.stages)))
    if wanted.search:
        texts = (col(Invoice.number), col(Invoice.customer)["name"].as_string())
        conditions.append(or_(*(text.icontains(wanted.search, autoescape=True) for text in texts)))
    total = ctx.session.exec(select(func.count()).select_from(Invoice).where(*conditions)).one()
    order = ORDERS[wanted.order_by]
    ordered = [order.desc() if wanted.descending else order.asc(), col(Invoice.id).desc()]
    if wanted.upcoming_first:
        ordered.insert(0, case((col(Invoice.kind) == InvoiceKind.GATHERING, 0), else_=1))
    query = select(Invoice).where(*conditions).order_by(*ordered)
    return ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all(), total


def piles(ctx: Context, customer_ids: Collection[str] | None = None) -> list[Pile]:
    """What lies where, by customer, stage and currency; of some customers or of all."""
    columns: Any = (Invoice.customer_id, Invoice.status, Invoice.due_at, Invoice.currency, Invoice.total)
    rows = ctx.session.execute(select(*columns).where(*_living(ctx, customer_ids)))
    sums: dict[tuple[str, Stage, str], tuple[int, Decimal]] = {}
    for customer_id, state, due_at, currency, amount in rows:
        key = (customer_id, stage_of(state, due_at, ctx.now), currency)
        count, total = sums.get(key, (0, ZERO))
        sums[key] = count + 1, EXACT.add(total, amount)
    return [Pile(*key, count, total) for key, (count, total) in sums.items()]


def _stage(state: State) -> Stage:
    if state is State.DRAFT_MANUAL_APPROVAL_NEEDED:
        return Stage.AWAITING_APPROVAL
    if state in {State.OVERDUE, State.UNCOLLECTIBLE}:
        return Stage.OVERDUE
    if state in {State.VOIDED, State.DELETED}:
        return Stage.VOID
    if state is State.PAID:
        return Stage.PAID
    return Stage.DRAFT if state.startswith(("draft.", "issuing.", "delete.")) else Stage.ISSUED


_BY_STATE = {state: _stage(state) for state in State}


def _lies_in(stage: Stage, now: datetime) -> ColumnElement[bool]:
    """The same rule as `stage_of`, as a condition."""
    if stage is Stage.GATHERING:
        return col(Invoice.kind) == InvoiceKind.GATHERING
    in_states = col(Invoice.status).in_([state.value for state, found in _BY_STATE.items() if found is stage])
    due = col(Invoice.due_at)
    if stage is Stage.ISSUED:
        return and_(in_states, or_(due.is_(None), due >= now))
    if stage is Stage.OVERDUE:
        issued = [state.value for state, found in _BY_STATE.items() if found is Stage.ISSUED]
        return or_(in_states, and_(col(Invoice.status).in_(issued), due < now))
    return in_states


def _living(ctx: Context, customer_ids: Collection[str] | None) -> list[ColumnElement[bool]]:
    conditions = [col(Invoice.namespace) == ctx.namespace, col(Invoice.deleted_at).is_(None)]
    if customer_ids is not None:
        conditions.append(col(Invoice.customer_id).in_(customer_ids))
    return conditions
