"""Whether anybody has a reason to move up: a plan with overage must not stay cheaper than the plan above it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from backend.catalog.lint.finding import Finding, LintCode
from backend.catalog.lint.worth import first_paid_unit, hard_limit, soft_limit, turning_points
from backend.catalog.service.preview import preview_period
from backend.catalog.terms import PhaseTerms, PlanTerms, RateCardTerms
from backend.engine.exact import ONE, ZERO
from backend.engine.rate.prices import Flat
from backend.engine.written import money, quantity


@dataclass(frozen=True, slots=True)
class NamedPlan:
    """A plan as the linter compares it: what people call it, and its terms."""

    name: str
    terms: PlanTerms


def ladder_findings(currency: str, plan: NamedPlan, others: Sequence[NamedPlan]) -> Iterator[Finding]:
    """Compare a plan with the next dearer one, and with the next cheaper one, of the same cadence and currency."""
    rivals = [other for other in others if other.terms.billing_cadence == plan.terms.billing_cadence]
    own = _fee(currency, plan)
    above = [other for other in rivals if _fee(currency, other) > own]
    below = [other for other in rivals if _fee(currency, other) < own]
    if above:
        yield from _compare(currency, plan, min(above, key=lambda other: _fee(currency, other)))
    if below:
        yield from _compare(currency, max(below, key=lambda other: _fee(currency, other)), plan)


def _compare(currency: str, lower: NamedPlan, upper: NamedPlan) -> Iterator[Finding]:
    dearer = {card.key: card for card in _last_phase(upper).rate_cards}
    for card in _last_phase(lower).rate_cards:
        rival = dearer.get(card.key)
        if card.price is None or isinstance(card.price, Flat) or hard_limit(card) is not None:
            continue
        if rival is None or rival.unit_config != card.unit_config:
            continue
        included = _included(rival)
        if included is not None and _is_always_cheaper(currency, lower, upper, card, rival, included):
            message = (
                f"At {quantity(included)} units, all that {upper.name} includes, {lower.name} with overage costs "
                f"{_said(currency, lower, card.key, included)} and {upper.name} "
                f"{_said(currency, upper, card.key, included)}: nobody has a reason to move up."
            )
            yield Finding(LintCode.OVERAGE_CHEAPER_THAN_PLAN_ABOVE, "", message, included)


def _is_always_cheaper(
    currency: str, lower: NamedPlan, upper: NamedPlan, card: RateCardTerms, rival: RateCardTerms, included: Decimal
) -> bool:
    """Whether the lower plan costs less at every quantity where one of the prices changes, and far beyond."""
    corners = {included, *turning_points(card), *turning_points(rival)}
    probes = {*corners, *(corner + ONE for corner in corners), max(corners) * 10}
    return all(_total(currency, lower, card.key, units) < _total(currency, upper, card.key, units) for units in probes)


def _included(card: RateCardTerms) -> Decimal | None:
    """How many units come without a price of their own; None when there is no end of it or nothing is included."""
    paid = first_paid_unit(card)
    quota = hard_limit(card) or soft_limit(card)
    included = paid - ONE if paid is not None else quota
    return included or None


def _said(currency: str, plan: NamedPlan, key: str, units: Decimal) -> str:
    return money(_total(currency, plan, key, units), currency)


def _fee(currency: str, plan: NamedPlan) -> Decimal:
    return _total(currency, plan, "", ZERO)


def _total(currency: str, plan: NamedPlan, key: str, units: Decimal) -> Decimal:
    """What one period costs at this usage, counted in billed units."""
    cards = [replace(card, unit_config=None) for card in _last_phase(plan).rate_cards]
    return preview_period(currency, cards, plan.terms.billing_cadence, {key: units}).total


def _last_phase(plan: NamedPlan) -> PhaseTerms:
    return plan.terms.phases[-1]
