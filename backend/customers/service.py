"""What can be done with customers: create, find, change, delete, and tell whose usage is whose."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel.sql.expression import SelectOfScalar

from backend.customers import repository, subjects
from backend.customers.models import Customer, CustomerSubject
from backend.customers.repository import CustomerFilter, CustomerOrder
from backend.engine.currency import currency
from backend.errors import Conflict, Gone, Invalid, Issue, NotFound
from backend.infra.context import Context

__all__ = [
    "CustomerFilter",
    "CustomerInput",
    "CustomerOrder",
    "by_id",
    "create",
    "delete",
    "get",
    "hold",
    "ids_of_keys",
    "list_customers",
    "lock",
    "of_subject",
    "owners",
    "settle_currency",
    "subject_keys",
    "update",
    "usage_subjects",
]


@dataclass(frozen=True, slots=True)
class CustomerInput:
    """Everything that may be said about a customer; an update replaces all of it."""

    name: str
    key: str | None = None
    subject_keys: Sequence[str] = ()
    description: str | None = None
    labels: Mapping[str, str] | None = None
    currency: str | None = None
    primary_email: str | None = None
    billing_address: Mapping[str, str] | None = None


def create(ctx: Context, wanted: CustomerInput) -> Customer:
    """Create a customer (metering spec 5).

    Needs a key or a subject (Invalid). Conflict when the key or a subject is another customer's.
    """
    customer = Customer(name=wanted.name)
    _check(ctx, customer, wanted)
    _write(customer, wanted)
    ctx.session.add(customer)
    ctx.session.flush()
    _attribute(ctx, customer, wanted.subject_keys)
    ctx.session.flush()
    return customer


def get(ctx: Context, id_or_key: str, *, deleted: bool = False) -> Customer:
    """The customer with this id or key. NotFound, or Gone when it is deleted.

    With `deleted=True` a deleted customer is answered too, by its id.
    """
    customer = repository.by_id(ctx, id_or_key) or repository.by_key(ctx, id_or_key)
    if customer is None:
        raise NotFound(f"There is no customer with the id or key {id_or_key}.")
    if customer.deleted_at and not deleted:
        raise Gone(f"The customer {id_or_key} is deleted.")
    return customer


def by_id(ctx: Context, ids: Collection[str]) -> dict[str, Customer]:
    """Customers by their id, also deleted ones; unknown ids are left out."""
    return {customer.id: customer for customer in repository.with_ids(ctx, ids)}


def ids_of_keys(ctx: Context, keys: Collection[str]) -> Collection[str]:
    """The ids of the living customers that have one of these keys."""
    return repository.living_keys(ctx, keys).values()


def of_subject(ctx: Context, id_or_key: str, *, creating: bool = False) -> Customer:
    """The customer whose usage a subject's is; the subject by its key, or by its id when something is known about it.

    NotFound when it belongs to no customer. Gone when that customer is deleted or, if something is to be
    created for it, when the subject itself is.
    """
    row = repository.subject_row(ctx, id_or_key)
    key = id_or_key if row is None else row.key
    owner = owners(ctx, [key]).get(key)
    if owner is None and repository.had_customer(ctx, key):
        raise Gone(f"The customer of the subject {key} is deleted.")
    if owner is None:
        raise NotFound(f"The subject {id_or_key} belongs to no customer.")
    if creating and row is None and repository.was_subject(ctx, key):
        raise Gone(f"The subject {key} is deleted.")
    return get(ctx, owner)


def lock(ctx: Context, id_or_key: str) -> Customer:
    """The living customer, with everybody else kept waiting who would sell to it at the same moment.

    NotFound, or Gone when it is deleted.
    """
    customer = get(ctx, id_or_key)
    repository.lock(ctx, customer)
    return get(ctx, customer.id)


def hold(ctx: Context, ids: Collection[str] | SelectOfScalar[str]) -> None:
    """Keep everybody else waiting who would change what these customers have or owe, also when they are deleted.

    Whoever needs several customers holds all of them at once, before anything else of theirs: so nobody waits for
    somebody who waits for him. `ids` may be the query that finds them.
    """
    repository.hold(ctx, ids)


def settle_currency(ctx: Context, customer: Customer, code: str) -> None:
    """Fix the currency of a customer that has none; its first priced subscription decides it (billing spec 3.3)."""
    if customer.currency is None:
        customer.currency = code
        ctx.session.add(customer)


def list_customers(
    ctx: Context,
    wanted: CustomerFilter | None = None,
    *,
    order: CustomerOrder = CustomerOrder.NAME,
    descending: bool = False,
    offset: int = 0,
    limit: int = 100,
) -> tuple[Sequence[Customer], int]:
    """One page of the customers that match, and how many match in all."""
    return repository.page(ctx, wanted or CustomerFilter(), order, descending=descending, offset=offset, limit=limit)


def update(ctx: Context, id_or_key: str, wanted: CustomerInput) -> Customer:
    """Replace what is known about a customer; what is left out is cleared. Gone when it is deleted."""
    customer = get(ctx, id_or_key)
    _check(ctx, customer, wanted)
    _remember_key(ctx, customer, wanted)
    _write(customer, wanted)
    ctx.session.add(customer)
    _attribute(ctx, customer, wanted.subject_keys)
    ctx.session.flush()
    return customer


def delete(ctx: Context, id_or_key: str) -> Customer:
    """Mark a customer as deleted and free its key and subjects; once more changes nothing."""
    customer = get(ctx, id_or_key, deleted=True)
    if customer.deleted_at is None:
        for subject in repository.subjects_of(ctx, [customer])[customer.id]:
            subject.deleted_at = ctx.now
            ctx.session.add(subject)
        customer.deleted_at = ctx.now
        ctx.session.add(customer)
    return customer


def subject_keys(ctx: Context, customers: Sequence[Customer]) -> dict[str, tuple[str, ...]]:
    """Customer id → the subject keys it was given, in their order."""
    found = repository.subjects_of(ctx, customers)
    return {customer_id: tuple(subject.subject_key for subject in rows) for customer_id, rows in found.items()}


def usage_subjects(ctx: Context, customer: Customer) -> tuple[str, ...]:
    """The subjects whose usage is this customer's: its key and its subject keys.

    A subject that is another customer's key belongs to that customer (metering spec 5). A deleted customer has none.
    """
    return () if customer.deleted_at is not None else _usage_subjects(ctx, [customer])[customer.id]


def usage_owners(ctx: Context, ids_or_keys: Collection[str]) -> dict[str, str]:
    """Subject → customer id, for all whose usage is one of these customers'. NotFound, also for a deleted one."""
    known = by_id(ctx, ids_or_keys)
    of_keys = repository.living_keys(ctx, [name for name in ids_or_keys if name not in known])
    known |= by_id(ctx, of_keys.values())
    chosen = {name: known.get(of_keys.get(name, name)) for name in ids_or_keys}
    for name, customer in chosen.items():
        if customer is None or customer.deleted_at is not None:
            raise NotFound(f"There is no customer with the id or key {name}.")
    living = {customer.id: customer for customer in chosen.values() if customer is not None}
    owned = _usage_subjects(ctx, list(living.values()))
    return {subject: customer_id for customer_id in living for subject in owned[customer_id]}


def _usage_subjects(ctx: Context, customers: Sequence[Customer]) -> dict[str, tuple[str, ...]]:
    given = subject_keys(ctx, customers)
    keys = repository.living_keys(ctx, {subject for subjects in given.values() for subject in subjects})
    own = {
        customer.id: [subject for subject in given[customer.id] if keys.get(subject, customer.id) == customer.id]
        for customer in customers
    }
    return {
        customer.id: tuple(dict.fromkeys((customer.key, *own[customer.id]) if customer.key else own[customer.id]))
        for customer in customers
    }


def owners(ctx: Context, subjects: Collection[str]) -> dict[str, str]:
    """Subject → id of the customer its usage belongs to; a key comes before another's subject key."""
    distinct = set(subjects)
    found = {row.subject_key: row.customer_id for row in repository.living_subjects(ctx, distinct)}
    return found | repository.living_keys(ctx, distinct)


def ever_owned(ctx: Context, subjects: Collection[str]) -> set[str]:
    """The ids of all customers, also deleted ones, whose usage one of these subjects is or was."""
    return repository.ever_owned(ctx, subjects)


def _check(ctx: Context, customer: Customer, wanted: CustomerInput) -> None:
    if not wanted.key and not wanted.subject_keys:
        message = "A customer needs a key or at least one subject key, or no usage could ever be its own."
        raise Invalid(message, issues=[Issue("usageAttribution.subjectKeys", "required", message)])
    if len(set(wanted.subject_keys)) < len(wanted.subject_keys):
        message = "Every subject key may be given once."
        raise Invalid(message, issues=[Issue("usageAttribution.subjectKeys", "duplicate", message)])
    if wanted.currency:
        currency(wanted.currency)
    taken = [row for row in repository.living_subjects(ctx, wanted.subject_keys) if row.customer_id != customer.id]
    if taken:
        raise Conflict(
            f"The subject {taken[0].subject_key} already belongs to another customer.",
            conflictingEntityId=taken[0].customer_id,
        )
    if wanted.key and wanted.key != customer.key:
        _check_key(ctx, customer, wanted.key)


def _check_key(ctx: Context, customer: Customer, key: str) -> None:
    """A new key must not lead to another customer in any way: as its key, as its id, as its subject.

    A key that is kept may have become another's subject since; it still wins (metering spec 5).
    """
    same = repository.by_key(ctx, key) or repository.by_id(ctx, key)
    if same is not None and same.id != customer.id:
        raise Conflict(f"Another customer already has the key {key}.", conflictingEntityId=same.id)
    for subject in repository.living_subjects(ctx, [key]):
        if subject.customer_id != customer.id:
            raise Conflict(
                f"The key {key} is already a subject of another customer.", conflictingEntityId=subject.customer_id
            )


def _remember_key(ctx: Context, customer: Customer, wanted: CustomerInput) -> None:
    """A key that a customer gives up is kept as a subject that left: `ever_owned` tells whose it was."""
    if customer.key is not None and customer.key != wanted.key:
        ctx.session.add(CustomerSubject(customer_id=customer.id, subject_key=customer.key, deleted_at=ctx.now))


def _write(customer: Customer, wanted: CustomerInput) -> None:
    customer.name = wanted.name
    customer.key = wanted.key
    customer.description = wanted.description
    customer.labels = dict(wanted.labels) if wanted.labels is not None else None
    customer.currency = wanted.currency
    customer.primary_email = wanted.primary_email
    customer.billing_address = dict(wanted.billing_address) if wanted.billing_address is not None else None


def _attribute(ctx: Context, customer: Customer, wanted: Sequence[str]) -> None:
    """Let exactly these subjects be the customer's, in this order; each is a subject to be told about."""
    subjects.upsert(ctx, [(subject_key, {}) for subject_key in wanted])
    present = {row.subject_key: row for row in repository.subjects_of(ctx, [customer])[customer.id]}
    for position, subject_key in enumerate(wanted):
        subject = present.pop(subject_key, None) or CustomerSubject(customer_id=customer.id, subject_key=subject_key)
        subject.position = position
        ctx.session.add(subject)
    for left in present.values():
        left.deleted_at = ctx.now
        ctx.session.add(left)
