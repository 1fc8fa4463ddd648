"""Every query of what is inside a plan."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete
from sqlmodel import col, select

from backend.catalog.models import PlanPhase, RateCard
from backend.infra.context import Context


def phases(ctx: Context, plan_ids: Iterable[str]) -> Sequence[PlanPhase]:
    """The phases of plans, in their order."""
    query = select(PlanPhase).where(col(PlanPhase.plan_id).in_(list(plan_ids)))
    return ctx.session.exec(query.order_by(col(PlanPhase.position))).all()


def rate_cards(ctx: Context, phase_ids: Iterable[str]) -> Sequence[RateCard]:
    """The rate cards of phases, in their order."""
    query = select(RateCard).where(col(RateCard.phase_id).in_(list(phase_ids)))
    return ctx.session.exec(query.order_by(col(RateCard.position))).all()


def remove_phases(ctx: Context, plan_id: str) -> None:
    """Take the phases of a plan away, with their rate cards."""
    owned = select(PlanPhase.id).where(col(PlanPhase.plan_id) == plan_id)
    ctx.session.exec(delete(RateCard).where(col(RateCard.phase_id).in_(owned)))
    ctx.session.exec(delete(PlanPhase).where(col(PlanPhase.plan_id) == plan_id))
