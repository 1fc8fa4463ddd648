"""Every query of entitlements, their grants, resets and kept balances."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, or_
from sqlmodel import col, func, select

from backend.catalog.models import Feature
from backend.engine.meter.definition import Aggregation
from backend.entitlements.models import BalanceSnapshot, Entitlement, EntitlementGrant, EntitlementKind, UsageReset
from backend.infra.columns import Instant
from backend.infra.context import Context
from backend.metering.models import Meter

_ANY_SNAPSHOT = (
    select(BalanceSnapshot.at)
    .where(
        col(BalanceSnapshot.namespace) == bindparam("namespace"),
        col(BalanceSnapshot.at) > bindparam("after", type_=Instant),
    )
    .limit(1)
)
"""Built once: it is asked whenever events are stored."""


@dataclass(frozen=True, slots=True)
class EntitlementFilter:
    """Which entitlements to list, and which part of the list. None as a condition is every value.

    `active_at` leaves out what is not active at an instant.
    """

    customer_ids: Collection[str] | None = None
    feature_ids_or_keys: Collection[str] | None = None
    kinds: Collection[str] | None = None
    active_at: datetime | None = None
    include_deleted: bool = False
    order_by: str = "created_at"
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class GrantFilter:
    """Which grants to list, and which part of the list; a list without a limit is refused."""

    entitlement_id: str | None = None
    customer_ids: Collection[str] | None = None
    feature_ids_or_keys: Collection[str] | None = None
    include_deleted: bool = False
    order_by: str = "created_at"
    descending: bool = False
    offset: int = 0
    limit: int | None = None


def by_id(ctx: Context, entitlement_id: str) -> Entitlement | None:
    """The entitlement with this id, also a deleted one."""
    query = select(Entitlement).where(
        col(Entitlement.namespace) == ctx.namespace, col(Entitlement.id) == entitlement_id
    )
    return ctx.session.exec(query).first()


def lock(ctx: Context, entitlement: Entitlement) -> None:
    """Hold an entitlement until the transaction ends, and read it anew."""
    ctx.session.refresh(entitlement, with_for_update=True)


def active_at(ctx: Context, customer_id: str, at: datetime, feature_key: str | None = None) -> Sequence[Entitlement]:
    """A customer's entitlements that are active at an instant, also those deleted later, by feature key."""
    conditions = [col(Entitlement.customer_id) == customer_id, *_active(ctx, at)]
    if feature_key is not None:
        conditions.append(col(Entitlement.feature_key) == feature_key)
    return ctx.session.exec(select(Entitlement).where(*conditions).order_by(col(Entitlement.feature_key))).all()


def of_feature(ctx: Context, customer_id: str, feature_key: str) -> Sequence[Entitlement]:
    """All entitlements a customer has, had and will have to a feature, also deleted ones, by their start."""
    query = select(Entitlement).where(
        col(Entitlement.namespace) == ctx.namespace,
        col(Entitlement.customer_id) == customer_id,
        col(Entitlement.feature_key) == feature_key,
    )
    return ctx.session.exec(query.order_by(col(Entitlement.active_from), col(Entitlement.id))).all()


def of_customer(ctx: Context, customer_id: str) -> Sequence[Entitlement]:
    """All entitlements a customer has, had and will have, also deleted ones."""
    query = select(Entitlement).where(
        col(Entitlement.namespace) == ctx.namespace, col(Entitlement.customer_id) == customer_id
    )
    return ctx.session.exec(query).all()


def unended(ctx: Context, customer_id: str) -> Sequence[Entitlement]:
    """A customer's entitlements that are active now or will be."""
    query = select(Entitlement).where(*_unended(ctx), col(Entitlement.customer_id) == customer_id)
    return ctx.session.exec(query).all()


def unended_of_features(ctx: Context, feature_ids: Collection[str]) -> Entitlement | None:
    """An entitlement to one of these features that is active now or will be."""
    query = select(Entitlement).where(*_unended(ctx), col(Entitlement.feature_id).in_(feature_ids))
    return ctx.session.exec(query.limit(1)).first()


def of_subscription(ctx: Context, subscription_id: str) -> Sequence[Entitlement]:
    """The entitlements that came with a subscription."""
    query = select(Entitlement).where(*_living(ctx), col(Entitlement.subscription_id) == subscription_id)
    return ctx.session.exec(query.order_by(col(Entitlement.active_from), col(Entitlement.id))).all()


def page(ctx: Context, wanted: EntitlementFilter) -> tuple[Sequence[Entitlement], int]:
    """One page of the entitlements that match, and how many match in all."""
    conditions = [col(Entitlement.namespace) == ctx.namespace]
    if not wanted.include_deleted:
        conditions.append(col(Entitlement.deleted_at).is_(None))
    if wanted.active_at is not None:
        conditions += _active(ctx, wanted.active_at)
    if wanted.kinds is not None:
        conditions.append(col(Entitlement.kind).in_(wanted.kinds))
    conditions += _whose(wanted.customer_ids, wanted.feature_ids_or_keys)
    by: Any = getattr(Entitlement, wanted.order_by)
    query = select(Entitlement).where(*conditions).order_by(*_directed(by, Entitlement.id, wanted.descending))
    rows = ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all()
    return rows, ctx.session.exec(select(func.count()).select_from(Entitlement).where(*conditions)).one()


def grant_by_id(ctx: Context, grant_id: str) -> EntitlementGrant | None:
    """The grant with this id."""
    query = select(EntitlementGrant).where(
        col(EntitlementGrant.namespace) == ctx.namespace, col(EntitlementGrant.id) == grant_id
    )
    return ctx.session.exec(query).first()


def grants_of(ctx: Context, entitlement_id: str) -> Sequence[EntitlementGrant]:
    """Every grant of an entitlement, in no special order."""
    query = select(EntitlementGrant).where(
        col(EntitlementGrant.namespace) == ctx.namespace, col(EntitlementGrant.entitlement_id) == entitlement_id
    )
    return ctx.session.exec(query).all()


def grant_page(ctx: Context, wanted: GrantFilter) -> tuple[Sequence[EntitlementGrant], int]:
    """One page of the grants that match, and how many match in all."""
    conditions = [col(EntitlementGrant.namespace) == ctx.namespace]
    if not wanted.include_deleted:
        conditions.append(col(EntitlementGrant.deleted_at).is_(None))
    if wanted.entitlement_id is not None:
        conditions.append(col(EntitlementGrant.entitlement_id) == wanted.entitlement_id)
    whose = _whose(wanted.customer_ids, wanted.feature_ids_or_keys)
    if whose:
        owned = select(Entitlement.id).where(col(Entitlement.namespace) == ctx.namespace, *whose)
        conditions.append(col(EntitlementGrant.entitlement_id).in_(owned))
    by: Any = getattr(EntitlementGrant, wanted.order_by)
    query = select(EntitlementGrant).where(*conditions).order_by(*_directed(by, EntitlementGrant.id, wanted.descending))
    rows = ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all()
    return rows, ctx.session.exec(select(func.count()).select_from(EntitlementGrant).where(*conditions)).one()


def resets_of(ctx: Context, entitlement_ids: Collection[str]) -> dict[str, list[UsageReset]]:
    """Entitlement → the resets people made, in order of time."""
    found: dict[str, list[UsageReset]] = {id_: [] for id_ in entitlement_ids}
    query = select(UsageReset).where(
        col(UsageReset.namespace) == ctx.namespace, col(UsageReset.entitlement_id).in_(found)
    )
    for row in ctx.session.exec(query.order_by(col(UsageReset.at))):
        found[row.entitlement_id].append(row)
    return found


def latest_snapshot(ctx: Context, entitlement_id: str, basis: str, at: datetime) -> BalanceSnapshot | None:
    """The last kept state at or before an instant that was computed from the same basis."""
    query = select(BalanceSnapshot).where(
        *_kept(ctx, [entitlement_id]), col(BalanceSnapshot.basis) == basis, col(BalanceSnapshot.at) <= at
    )
    return ctx.session.exec(query.order_by(col(BalanceSnapshot.at).desc()).limit(1)).first()


def without_snapshot(ctx: Context, at: datetime) -> Sequence[str]:
    """The metered entitlements that are active, have been measured before an instant, and have no state kept of it.

    Those of a LATEST meter never have one.
    """
    kept = select(BalanceSnapshot.entitlement_id).where(
        col(BalanceSnapshot.namespace) == ctx.namespace, col(BalanceSnapshot.at) == at
    )
    metered = select(Entitlement.id).join(Feature, col(Feature.id) == Entitlement.feature_id)
    query = metered.join(Meter, col(Meter.id) == Feature.meter_id).where(
        *_active(ctx, ctx.now),
        col(Entitlement.kind) == EntitlementKind.METERED,
        col(Entitlement.measure_usage_from) < at,
        col(Meter.aggregation) != Aggregation.LATEST,
        col(Entitlement.id).not_in(kept),
    )
    return ctx.session.exec(query.order_by(col(Entitlement.id))).all()


def has_snapshots(ctx: Context, after: datetime) -> bool:
    """Whether any state is kept of an instant after this one."""
    found = ctx.session.connection().execute(_ANY_SNAPSHOT, {"namespace": ctx.namespace, "after": after})
    return found.first() is not None


def forget_oldest_snapshots(ctx: Context, entitlement_id: str, most: int) -> None:
    """Remove all but the newest kept states of an entitlement."""
    newest = select(BalanceSnapshot.at).where(*_kept(ctx, [entitlement_id])).order_by(col(BalanceSnapshot.at).desc())
    times = ctx.session.exec(newest.limit(most)).all()
    gone = delete(BalanceSnapshot).where(*_kept(ctx, [entitlement_id]), col(BalanceSnapshot.at) < min(times))
    ctx.session.connection().execute(gone)


def forget_snapshots(ctx: Context, entitlement_ids: Collection[str], since: datetime) -> None:
    """Remove the kept states of an instant and later."""
    gone = delete(BalanceSnapshot).where(*_kept(ctx, entitlement_ids), col(BalanceSnapshot.at) >= since)
    ctx.session.connection().execute(gone)


def _kept(ctx: Context, entitlement_ids: Collection[str]) -> list[ColumnElement[bool]]:
    return [
        col(BalanceSnapshot.namespace) == ctx.namespace,
        col(BalanceSnapshot.entitlement_id).in_(entitlement_ids),
    ]


def _living(ctx: Context) -> list[ColumnElement[bool]]:
    return [col(Entitlement.namespace) == ctx.namespace, col(Entitlement.deleted_at).is_(None)]


def _unended(ctx: Context) -> list[ColumnElement[bool]]:
    ends_later = (col(Entitlement.active_to) > ctx.now) & (col(Entitlement.active_to) > col(Entitlement.active_from))
    return [*_living(ctx), or_(col(Entitlement.active_to).is_(None), ends_later)]


def _active(ctx: Context, at: datetime) -> list[ColumnElement[bool]]:
    """Active at an instant: begun, and then neither ended nor deleted."""
    return [
        col(Entitlement.namespace) == ctx.namespace,
        col(Entitlement.active_from) <= at,
        or_(col(Entitlement.active_to).is_(None), col(Entitlement.active_to) > at),
        or_(col(Entitlement.deleted_at).is_(None), col(Entitlement.deleted_at) > at),
    ]


def _whose(
    customer_ids: Collection[str] | None, feature_ids_or_keys: Collection[str] | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if customer_ids is not None:
        conditions.append(col(Entitlement.customer_id).in_(customer_ids))
    if feature_ids_or_keys is not None:
        by_feature = col(Entitlement.feature_id).in_(feature_ids_or_keys)
        conditions.append(by_feature | col(Entitlement.feature_key).in_(feature_ids_or_keys))
    return conditions


def _directed(by: Any, id_: Any, descending: bool) -> list[Any]:
    return [by.desc(), id_.desc()] if descending else [by.asc(), id_.asc()]
