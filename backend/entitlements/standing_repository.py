"""The one query behind a value check: everything that tells whether what is remembered of a quota still holds."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, and_, bindparam, cast, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from backend.catalog.models import Feature
from backend.customers.models import Customer, CustomerSubject
from backend.entitlements.models import BalanceSnapshot, Entitlement, EntitlementKind
from backend.entitlements.reservation_models import Reservation
from backend.infra.columns import Instant
from backend.infra.context import Context
from backend.metering.models import Meter


class StandingRow(NamedTuple):
    """What a quota depends on beside its usage: when two rows are equal, so is everything that was read for them.

    `subjects` is JSON, and `state` the texts of the last kept state, None without one.
    """

    customer_id: str
    customer_key: str | None
    subjects: str | None
    entitlement_id: str
    revision: int
    rollup: str | None
    fill_until: str | None
    state: tuple[str | None, ...]


_STATE: tuple[Any, ...] = (
    BalanceSnapshot.at,
    BalanceSnapshot.basis,
    BalanceSnapshot.since,
    BalanceSnapshot.overage,
    BalanceSnapshot.usage,
    BalanceSnapshot.grant_usage,
    BalanceSnapshot.balances,
)


def find(
    ctx: Context, customer_id_or_key: str, feature_key: str, at: datetime
) -> tuple[StandingRow, str | None] | None:
    """How an active quota of a living customer stands at an instant; and the amounts held of it, with spaces."""
    connection = ctx.session.connection()
    found = connection.execute(
        _statement(connection.dialect.name == "sqlite"),
        {"namespace": ctx.namespace, "customer": customer_id_or_key, "feature_key": feature_key, "at": at},
    ).first()
    if found is None:
        return None
    customer_id, customer_key, subjects, entitlement_id, revision, rollup, fill_until, *state, held = found
    row = StandingRow(customer_id, customer_key, subjects, entitlement_id, revision, rollup, fill_until, tuple(state))
    return row, held


@lru_cache
def _statement(on_sqlite: bool) -> Select[Any]:
    """Built once: to build it takes longer than to run it."""
    namespace, named, at = (
        bindparam("namespace", type_=Text),
        bindparam("customer", type_=Text),
        bindparam("at", type_=Instant),
    )
    state = BalanceSnapshot
    latest = (
        select(func.max(col(state.at)))
        .where(col(state.namespace) == namespace, col(state.entitlement_id) == Entitlement.id, col(state.at) <= at)
        .correlate(Entitlement)
        .scalar_subquery()
    )
    return (
        select(
            col(Customer.id),
            col(Customer.key),
            _subjects(namespace, on_sqlite),
            col(Entitlement.id),
            col(Entitlement.revision),
            col(Meter.rollup),
            col(Meter.fill_until),
            *(cast(col(column), Text) for column in _STATE),
            _held(namespace, at, on_sqlite),
        )
        .select_from(Customer)
        .join(Entitlement, col(Entitlement.customer_id) == Customer.id)
        .join(Feature, col(Feature.id) == Entitlement.feature_id)
        .join(Meter, col(Meter.id) == Feature.meter_id)
        .outerjoin(
            state,
            and_(
                col(state.namespace) == namespace, col(state.entitlement_id) == Entitlement.id, col(state.at) == latest
            ),
        )
        .where(
            col(Customer.namespace) == namespace,
            or_(col(Customer.id) == named, col(Customer.key) == named),
            col(Customer.deleted_at).is_(None),
            col(Entitlement.namespace) == namespace,
            col(Entitlement.feature_key) == bindparam("feature_key", type_=Text),
            col(Entitlement.kind) == EntitlementKind.METERED,
            col(Entitlement.active_from) <= at,
            or_(col(Entitlement.active_to).is_(None), col(Entitlement.active_to) > at),
            or_(col(Entitlement.deleted_at).is_(None), col(Entitlement.deleted_at) > at),
        )
    )


def _subjects(namespace: Any, on_sqlite: bool) -> Any:
    """The customer's own subjects; one that is another customer's key is that customer's."""
    other = aliased(Customer)
    taken = select(col(other.id)).where(
        col(other.namespace) == namespace,
        col(other.key) == col(CustomerSubject.subject_key),
        col(other.deleted_at).is_(None),
        col(other.id) != CustomerSubject.customer_id,
    )
    aggregate = func.json_group_array if on_sqlite else func.json_agg
    return (
        select(cast(aggregate(col(CustomerSubject.subject_key)), Text))
        .where(
            col(CustomerSubject.namespace) == namespace,
            col(CustomerSubject.customer_id) == Customer.id,
            col(CustomerSubject.deleted_at).is_(None),
            ~taken.exists(),
        )
        .correlate(Customer)
        .scalar_subquery()
    )


def _held(namespace: Any, at: Any, on_sqlite: bool) -> Any:
    joined = func.group_concat if on_sqlite else func.string_agg
    return (
        select(joined(cast(col(Reservation.granted), Text), " "))
        .where(
            col(Reservation.namespace) == namespace,
            col(Reservation.customer_id) == Customer.id,
            col(Reservation.feature_key) == Entitlement.feature_key,
            col(Reservation.committed_at).is_(None),
            col(Reservation.released_at).is_(None),
            col(Reservation.expires_at) > at,
        )
        .correlate(Customer, Entitlement)
        .scalar_subquery()
    )
