"""Every query of entitlements."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select

from backend.entitlements.models import Entitlement
from backend.infra.context import Context


def active_at(ctx: Context, customer_id: str, at: datetime, feature_key: str | None = None) -> Sequence[Entitlement]:
    """A customer's entitlements that are active at an instant, by feature key."""
    conditions = [
        *_living(ctx),
        col(Entitlement.customer_id) == customer_id,
        col(Entitlement.active_from) <= at,
        or_(col(Entitlement.active_to).is_(None), col(Entitlement.active_to) > at),
    ]
    if feature_key is not None:
        conditions.append(col(Entitlement.feature_key) == feature_key)
    return ctx.session.exec(select(Entitlement).where(*conditions).order_by(col(Entitlement.feature_key))).all()


def of_feature(ctx: Context, customer_id: str, feature_key: str) -> Sequence[Entitlement]:
    """All entitlements a customer has, had and will have to a feature."""
    query = select(Entitlement).where(
        *_living(ctx), col(Entitlement.customer_id) == customer_id, col(Entitlement.feature_key) == feature_key
    )
    return ctx.session.exec(query.order_by(col(Entitlement.active_from))).all()


def of_subscription(ctx: Context, subscription_id: str) -> Sequence[Entitlement]:
    """The entitlements that came with a subscription."""
    query = select(Entitlement).where(*_living(ctx), col(Entitlement.subscription_id) == subscription_id)
    return ctx.session.exec(query.order_by(col(Entitlement.active_from), col(Entitlement.id))).all()


def _living(ctx: Context) -> list[ColumnElement[bool]]:
    return [col(Entitlement.namespace) == ctx.namespace, col(Entitlement.deleted_at).is_(None)]
