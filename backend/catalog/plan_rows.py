"""How the terms of a plan become rows of phases and rate cards, and rows become terms again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backend.catalog import repository
from backend.catalog.card_rows import card_columns, card_terms, duration
from backend.catalog.models import Plan, PlanPhase, RateCard, SettlementMode
from backend.catalog.terms import PhaseTerms, PlanTerms
from backend.engine.recurrence import Duration
from backend.engine.subscribe.status import PlanStatus, plan_status
from backend.errors import Issue
from backend.infra.context import Context


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version of a plan with its terms, as it stood when it was read; `issues` are what keeps a draft from sale."""

    row: Plan
    terms: PlanTerms
    status: PlanStatus
    issues: tuple[Issue, ...] = ()


def put_terms(ctx: Context, plan: Plan, terms: PlanTerms, feature_ids: Mapping[str, str]) -> None:
    """Write terms into a plan in place of what it had."""
    plan.name = terms.name
    plan.description = terms.description
    plan.labels = dict(terms.labels)
    plan.billing_cadence = str(terms.billing_cadence)
    plan.pro_rating_enabled = terms.pro_rating_enabled
    plan.settlement_mode = terms.settlement_mode
    plan.updated_at = ctx.now
    ctx.session.add(plan)
    ctx.session.flush()
    repository.remove_phases(ctx, plan.id)
    for position, phase in enumerate(terms.phases):
        row = _phase_row(plan, phase, position)
        ctx.session.add(row)
        ctx.session.flush()
        ctx.session.add_all(
            RateCard(phase_id=row.id, **card_columns(card, index, feature_ids.get(card.feature_key or "")))
            for index, card in enumerate(phase.rate_cards)
        )
    ctx.session.flush()


def read_terms(ctx: Context, plans: Iterable[Plan]) -> dict[str, PlanTerms]:
    """The terms of plans, by plan id, read at once."""
    rows = {plan.id: plan for plan in plans}
    phases: dict[str, list[PlanPhase]] = defaultdict(list)
    for phase in repository.phases(ctx, rows):
        phases[phase.plan_id].append(phase)
    cards: dict[str, list[RateCard]] = defaultdict(list)
    for card in repository.rate_cards(ctx, [phase.id for owned in phases.values() for phase in owned]):
        cards[card.phase_id].append(card)
    return {
        plan.id: _terms(plan, tuple(_phase_terms(phase, cards[phase.id]) for phase in phases[plan.id]))
        for plan in rows.values()
    }


def status_of(plan: Plan, ctx: Context) -> PlanStatus:
    """The status of a plan at the instant of the unit of work."""
    return plan_status(plan.effective_from, plan.effective_to, ctx.now)


def _terms(plan: Plan, phases: tuple[PhaseTerms, ...]) -> PlanTerms:
    return PlanTerms(
        name=plan.name,
        billing_cadence=Duration.parse(plan.billing_cadence),
        phases=phases,
        pro_rating_enabled=plan.pro_rating_enabled,
        settlement_mode=SettlementMode(plan.settlement_mode),
        description=plan.description,
        labels=plan.labels,
    )


def _phase_terms(phase: PlanPhase, cards: Iterable[RateCard]) -> PhaseTerms:
    return PhaseTerms(
        key=phase.key,
        name=phase.name,
        rate_cards=tuple(card_terms(card) for card in cards),
        duration=duration(phase.duration),
        description=phase.description,
        labels=phase.labels,
    )


def _phase_row(plan: Plan, phase: PhaseTerms, position: int) -> PlanPhase:
    return PlanPhase(
        plan_id=plan.id,
        position=position,
        key=phase.key,
        name=phase.name,
        description=phase.description,
        labels=dict(phase.labels),
        duration=None if phase.duration is None else str(phase.duration),
    )
