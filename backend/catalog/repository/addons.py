"""Every query of what is inside an add-on, and of the plans that offer it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, delete, func, or_
from sqlmodel import col, select

from backend.catalog.filters import OfferFilter
from backend.catalog.models import Addon, AddonRateCard, Plan, PlanAddon
from backend.catalog.repository.versions import converting
from backend.infra.context import Context


def addon_rate_cards(ctx: Context, addon_ids: Iterable[str]) -> Sequence[AddonRateCard]:
    """The rate cards of add-ons, in their order."""
    query = select(AddonRateCard).where(col(AddonRateCard.addon_id).in_(list(addon_ids)))
    return ctx.session.exec(query.order_by(col(AddonRateCard.position))).all()


def remove_addon_rate_cards(ctx: Context, addon_id: str) -> None:
    """Take the rate cards of an add-on away."""
    ctx.session.exec(delete(AddonRateCard).where(col(AddonRateCard.addon_id) == addon_id))


def offers(ctx: Context, plan_ids: Iterable[str]) -> Sequence[PlanAddon]:
    """What plans offer besides, oldest first."""
    query = select(PlanAddon).where(
        col(PlanAddon.namespace) == ctx.namespace,
        col(PlanAddon.plan_id).in_(list(plan_ids)),
        col(PlanAddon.deleted_at).is_(None),
    )
    return ctx.session.exec(query.order_by(col(PlanAddon.id))).all()


def list_offers(ctx: Context, plan_id: str, wanted: OfferFilter) -> tuple[Sequence[PlanAddon], int]:
    """One page of what a plan offers besides, and how many there are in all."""
    conditions = _conditions(ctx, plan_id, wanted)
    counted = select(func.count()).select_from(PlanAddon).join(Addon, col(Addon.id) == col(PlanAddon.addon_id))
    total = ctx.session.exec(counted.where(*conditions)).one()
    owner = Addon if wanted.order_by in ("key", "version") else PlanAddon
    order = getattr(owner, wanted.order_by)
    query = select(PlanAddon).join(Addon, col(Addon.id) == col(PlanAddon.addon_id)).where(*conditions)
    query = query.order_by(order.desc() if wanted.descending else order, col(PlanAddon.id))
    return ctx.session.exec(query.offset(wanted.offset).limit(wanted.limit)).all(), total


def plans_offering(ctx: Context, addon_ids: Iterable[str]) -> Sequence[tuple[Plan, PlanAddon]]:
    """The plan versions, not deleted, that offer one of some add-ons, each with its offer."""
    query = (
        select(Plan, PlanAddon)
        .join(PlanAddon, col(PlanAddon.plan_id) == col(Plan.id))
        .where(
            col(Plan.namespace) == ctx.namespace,
            col(Plan.deleted_at).is_(None),
            col(PlanAddon.addon_id).in_(list(addon_ids)),
            col(PlanAddon.deleted_at).is_(None),
        )
    )
    return ctx.session.exec(query.order_by(col(Plan.key), col(Plan.version))).all()


def _conditions(ctx: Context, plan_id: str, wanted: OfferFilter) -> list[ColumnElement[bool]]:
    conditions = [col(PlanAddon.namespace) == ctx.namespace, col(PlanAddon.plan_id) == plan_id]
    if wanted.ids:
        conditions.append(or_(col(PlanAddon.id).in_(wanted.ids), col(Addon.id).in_(wanted.ids)))
    if wanted.keys:
        conditions.append(col(Addon.key).in_(wanted.keys))
    if wanted.key_versions:
        pairs = [and_(col(Addon.key) == key, col(Addon.version).in_(chosen)) for key, chosen in wanted.key_versions]
        conditions.append(or_(*pairs))
    if not wanted.include_deleted:
        conditions.append(col(PlanAddon.deleted_at).is_(None))
    if wanted.without_unit_config:
        conditions.append(col(Addon.id).not_in(converting(Addon)))
    return conditions
