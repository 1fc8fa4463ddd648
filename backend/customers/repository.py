"""Every query on customers and their subjects."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlmodel import col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.customers.models import Customer, CustomerSubject, Subject
from backend.engine.filter import Filter, Operator
from backend.infra.context import Context
from backend.infra.filters import condition


class CustomerOrder(StrEnum):
    """What a list of customers can be sorted by."""

    ID = "id"
    NAME = "name"
    KEY = "key"
    PRIMARY_EMAIL = "primary_email"
    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers to list; texts match any part, in upper or lower case. `search` looks at all of them.

    `filters` compare columns in other ways, `subject_filter` any of the subject keys.
    """

    key: str | None = None
    name: str | None = None
    primary_email: str | None = None
    subject: str | None = None
    search: str | None = None
    ids: Collection[str] | None = None
    filters: Mapping[str, Filter] = field(default_factory=dict)
    subject_filter: Filter | None = None
    include_deleted: bool = False


def by_id(ctx: Context, customer_id: str) -> Customer | None:
    """The customer with this id, also a deleted one."""
    return ctx.session.exec(
        select(Customer).where(Customer.namespace == ctx.namespace, Customer.id == customer_id)
    ).first()


def with_ids(ctx: Context, ids: Collection[str]) -> Sequence[Customer]:
    """The customers with these ids, also deleted ones."""
    return ctx.session.exec(
        select(Customer).where(Customer.namespace == ctx.namespace, col(Customer.id).in_(ids))
    ).all()


def by_key(ctx: Context, key: str) -> Customer | None:
    """The living customer with this key."""
    return ctx.session.exec(
        select(Customer).where(
            Customer.namespace == ctx.namespace, Customer.key == key, col(Customer.deleted_at).is_(None)
        )
    ).first()


def lock(ctx: Context, customer: Customer) -> None:
    """Hold the row of a customer until the transaction ends, and read it anew."""
    ctx.session.refresh(customer, with_for_update=True)


def hold(ctx: Context, ids: Collection[str] | SelectOfScalar[str]) -> None:
    """Hold the rows of customers, in the order of their ids, until the transaction ends; SQLite has one writer anyway.

    Rows that only refer to a customer can be added meanwhile.
    """
    if ctx.session.get_bind().dialect.name == "sqlite":
        return
    query = select(Customer.id).where(Customer.namespace == ctx.namespace, col(Customer.id).in_(ids))
    ctx.session.exec(query.order_by(col(Customer.id)).with_for_update(key_share=True)).all()


def living_subjects(ctx: Context, subject_keys: Collection[str]) -> Sequence[CustomerSubject]:
    """The living customers' subjects among these."""
    if not subject_keys:
        return ()
    return ctx.session.exec(
        select(CustomerSubject).where(
            CustomerSubject.namespace == ctx.namespace,
            col(CustomerSubject.subject_key).in_(subject_keys),
            col(CustomerSubject.deleted_at).is_(None),
        )
    ).all()


def living_keys(ctx: Context, keys: Collection[str]) -> dict[str, str]:
    """Key → id of the living customers that have one of these keys."""
    if not keys:
        return {}
    rows = ctx.session.exec(
        select(Customer.key, Customer.id).where(
            Customer.namespace == ctx.namespace, col(Customer.key).in_(keys), col(Customer.deleted_at).is_(None)
        )
    )
    return {key: customer_id for key, customer_id in rows if key is not None}


def ever_owned(ctx: Context, subjects: Collection[str]) -> set[str]:
    """The ids of all customers, also deleted ones, that have or had one of these as their key or subject key."""
    named = select(Customer.id).where(Customer.namespace == ctx.namespace, col(Customer.key).in_(subjects))
    given = select(CustomerSubject.customer_id).where(
        CustomerSubject.namespace == ctx.namespace, col(CustomerSubject.subject_key).in_(subjects)
    )
    return {*ctx.session.exec(named), *ctx.session.exec(given)} if subjects else set()


def subjects_of(ctx: Context, customers: Sequence[Customer]) -> dict[str, list[CustomerSubject]]:
    """Customer id → its subjects in their order; those that left with a deleted customer are still told."""
    found: dict[str, list[CustomerSubject]] = {customer.id: [] for customer in customers}
    deleted_at = {customer.id: customer.deleted_at for customer in customers}
    rows = ctx.session.exec(
        select(CustomerSubject)
        .where(CustomerSubject.namespace == ctx.namespace, col(CustomerSubject.customer_id).in_(found))
        .order_by(col(CustomerSubject.position), col(CustomerSubject.id))
    )
    for row in rows:
        if row.deleted_at == deleted_at[row.customer_id]:
            found[row.customer_id].append(row)
    return found


def page(
    ctx: Context, wanted: CustomerFilter, order: CustomerOrder, *, descending: bool, offset: int, limit: int
) -> tuple[Sequence[Customer], int]:
    """One page of the customers that match, and how many match in all."""
    conditions = _conditions(ctx, wanted)
    by: Any = getattr(Customer, order)
    directed = [by.desc(), col(Customer.id).desc()] if descending else [by.asc(), col(Customer.id).asc()]
    rows = ctx.session.exec(select(Customer).where(*conditions).order_by(*directed).offset(offset).limit(limit)).all()
    total = ctx.session.exec(select(func.count()).select_from(Customer).where(*conditions)).one()
    return rows, total


def _conditions(ctx: Context, wanted: CustomerFilter) -> list[Any]:
    conditions: list[Any] = [Customer.namespace == ctx.namespace]
    if not wanted.include_deleted:
        conditions.append(col(Customer.deleted_at).is_(None))
    for name, found in wanted.filters.items():
        conditions.append(condition(ctx, func.coalesce(getattr(Customer, name), ""), found))
    if wanted.subject_filter is not None:
        conditions.append(_with_any_subject(ctx, wanted.subject_filter))
    if wanted.ids is not None:
        conditions.append(col(Customer.id).in_(wanted.ids))
    for column, part in (
        (Customer.key, wanted.key),
        (Customer.name, wanted.name),
        (Customer.primary_email, wanted.primary_email),
    ):
        if part is not None:
            conditions.append(col(column).icontains(part, autoescape=True))
    if wanted.subject is not None:
        conditions.append(col(Customer.id).in_(_with_subject(ctx, wanted.subject)))
    if wanted.search:
        texts = (Customer.key, Customer.name, Customer.primary_email)
        matches = [col(column).icontains(wanted.search, autoescape=True) for column in texts]
        conditions.append(or_(*matches, col(Customer.id).in_(_with_subject(ctx, wanted.search))))
    return conditions


def _with_subject(ctx: Context, part: str) -> Any:
    return _subject_owners(ctx).where(col(CustomerSubject.subject_key).icontains(part, autoescape=True))


def _with_any_subject(ctx: Context, wanted: Filter) -> Any:
    """One of the subjects passes; asking for customers without any subject is the same filter turned round."""
    if wanted.operator is Operator.EXISTS and wanted.operand is False:
        return col(Customer.id).not_in(_subject_owners(ctx))
    passing = condition(ctx, col(CustomerSubject.subject_key), wanted)
    return col(Customer.id).in_(_subject_owners(ctx).where(passing))


def _subject_owners(ctx: Context) -> Any:
    return select(CustomerSubject.customer_id).where(
        CustomerSubject.namespace == ctx.namespace, col(CustomerSubject.deleted_at).is_(None)
    )


def living_subject_rows(ctx: Context, keys: Collection[str] | None = None) -> Sequence[Subject]:
    """What is known about subjects, about these or all, oldest first."""
    living: list[Any] = [Subject.namespace == ctx.namespace, col(Subject.deleted_at).is_(None)]
    if keys is not None:
        living.append(col(Subject.key).in_(keys))
    return ctx.session.exec(select(Subject).where(*living).order_by(col(Subject.created_at), col(Subject.id))).all()


def subject_row(ctx: Context, id_or_key: str) -> Subject | None:
    """The living subject with this key, or else with this id."""
    found = ctx.session.exec(
        select(Subject).where(
            Subject.namespace == ctx.namespace,
            or_(col(Subject.key) == id_or_key, col(Subject.id) == id_or_key),
            col(Subject.deleted_at).is_(None),
        )
    ).all()
    return min(found, key=lambda subject: subject.key != id_or_key, default=None)


def had_customer(ctx: Context, subject_key: str) -> bool:
    """Whether a customer that is deleted by now had this subject, or this key."""
    gone = select(Customer.id).where(Customer.namespace == ctx.namespace, col(Customer.deleted_at).is_not(None))
    by_subject = select(CustomerSubject.id).where(
        CustomerSubject.namespace == ctx.namespace,
        CustomerSubject.subject_key == subject_key,
        col(CustomerSubject.customer_id).in_(gone),
    )
    queries = (gone.where(Customer.key == subject_key), by_subject)
    return any(ctx.session.exec(query.limit(1)).first() is not None for query in queries)


def was_subject(ctx: Context, key: str) -> bool:
    """Whether something was known about a subject until it was deleted."""
    query = select(Subject.id).where(
        Subject.namespace == ctx.namespace, Subject.key == key, col(Subject.deleted_at).is_not(None)
    )
    return ctx.session.exec(query.limit(1)).first() is not None
