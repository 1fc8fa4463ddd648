"""What stands beside the builder: the pricing card, the curve, and the worked example of the plan as it is written."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import plotly.graph_objects as go

from backend.catalog.terms import PlanInput
from backend.errors import DomainError
from portal.components.usage_chart import ChartRow
from portal.formatting import quantity
from portal.pages.plans.builder.worked import Example, draw_curve, suggested_units, usage_cards, work_out
from portal.pages.plans.offer import PricingCard, draw
from portal.price_words import period_name

MOST_UNITS = Decimal(10) ** 15
Drawn = tuple[PricingCard, "Preview", go.Figure, list[ChartRow]]


@dataclass(frozen=True)
class Preview:
    """The choices of the chart, the usage of the example, and the example itself."""

    choices: tuple[tuple[str, str], ...] = ()
    key: str = ""
    label: str = ""
    units: str = ""
    is_own: bool = False
    per: str = ""
    problem: str = ""
    warning: str = ""
    example: Example = Example()


def preview_of(wanted: PlanInput, phase_number: int, chosen: Preview) -> Drawn:
    """Draw a plan at the usage that was chosen, or at one that says something about its price."""
    terms = wanted.terms
    card = draw(terms, wanted.currency)
    phase, cadence = terms.phases[phase_number], terms.billing_cadence
    by_usage = {rate_card.key: rate_card for rate_card in usage_cards(phase, cadence) if rate_card.key}
    choices = tuple((key, rate_card.name) for key, rate_card in by_usage.items())
    shown = Preview(choices=choices, per=period_name(cadence))
    if not by_usage:
        return card, replace(shown, example=work_out(wanted.currency, phase, cadence, {})), go.Figure(), []
    key = chosen.key if chosen.key in by_usage else next(iter(by_usage))
    is_own = chosen.is_own and chosen.key == key
    units = _units(chosen.units) if is_own else suggested_units(by_usage[key])
    written = chosen.units if is_own or units is None else quantity(units)
    shown = replace(shown, key=key, label=by_usage[key].name, units=written, is_own=is_own)
    if units is None:
        return card, replace(shown, problem="Write a number of units."), go.Figure(), []
    try:
        curve = draw_curve(wanted.currency, phase, cadence, by_usage[key])
        example = work_out(wanted.currency, phase, cadence, {key: units})
    except DomainError as error:
        return card, replace(shown, problem=str(error)), go.Figure(), []
    return card, replace(shown, example=example, warning=curve.warning), curve.figure, curve.rows


def _units(text: str) -> Decimal | None:
    try:
        units = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return units if units.is_finite() and 0 <= units <= MOST_UNITS else None
