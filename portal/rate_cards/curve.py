"""What a customer pays over usage: the curve of one rate card, with everything else that is billed beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import plotly.graph_objects as go

from backend.catalog.service.preview import preview_period
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import Operation
from backend.engine.exact import EXACT, ONE, ZERO, quotient
from backend.engine.rate.prices import Flat, Graduated, Package, Unit, Volume
from backend.engine.recurrence import Duration
from portal import charts
from portal.components.usage_chart import ChartRow
from portal.formatting import money, quantity
from portal.price_words import readable_scale

STEPS = 60


@dataclass(frozen=True, slots=True)
class Curve:
    """What a customer pays over usage: drawn, and as a table."""

    figure: go.Figure
    rows: list[ChartRow]


def usage_cards(cards: Sequence[RateCardTerms], cadence: Duration | None) -> list[RateCardTerms]:
    """The rate cards whose cost depends on usage, billed at this cadence."""
    return [
        card
        for card in cards
        if card.price is not None and not isinstance(card.price, Flat) and card.billing_cadence == cadence
    ]


def suggested_units(card: RateCardTerms) -> Decimal:
    """A quantity at which the example says something: beyond what is free, beyond the first steps of the price."""
    return quotient(_reach(card) * 3, Decimal(4)).to_integral_value() or ONE


def draw_curve(currency: str, cards: Sequence[RateCardTerms], cadence: Duration | None, card: RateCardTerms) -> Curve:
    """The amount of one billing period over the metered usage of one rate card, with all else unused."""

    def amount(units: Decimal) -> Decimal:
        return preview_period(currency, cards, cadence, {card.key: units}).total

    reach = _reach(card)
    even = {quotient(reach * step, Decimal(STEPS)) for step in range(STEPS + 1)}
    turns = _turning_points(card)
    points = sorted(units for units in even | turns | {turn + 1 for turn in turns} if units <= reach)
    tenths = sorted({quotient(reach * step, Decimal(10)).quantize(ONE) for step in range(11)})
    rows = [ChartRow(quantity(units), "", money(amount(units), currency)) for units in tenths]
    return Curve(charts.curve([(units, amount(units)) for units in points], card.name, currency), rows)


def _reach(card: RateCardTerms) -> Decimal:
    """How far the curve goes: to the quota if nothing is sold beyond it, else well past the last turn."""
    template = card.entitlement
    if isinstance(template, MeteredTemplate) and template.issue_after_reset and not template.is_soft_limit:
        return template.issue_after_reset
    turns = [*_turning_points(card), *([template.issue_after_reset] if isinstance(template, MeteredTemplate) else [])]
    furthest = max((turn for turn in turns if turn), default=ZERO)
    return max(furthest * 2, _metered(card, _natural_scale(card)))


def _turning_points(card: RateCardTerms) -> set[Decimal]:
    """The metered quantities where the curve bends, or after which it jumps."""
    price, free = card.price, card.discounts.usage.quantity if card.discounts.usage else ZERO
    turns = {ZERO, free}
    if isinstance(price, Graduated | Volume):
        ends = [tier.up_to for tier in price.tiers if tier.up_to is not None]
        turns |= {free + end for end in ends}
    if isinstance(price, Package) and price.size > 0:
        turns |= {free + price.size * count for count in range(6)}
    if isinstance(price, Unit) and price.amount > 0:
        bounds = (card.commitment.minimum, card.commitment.maximum)
        turns |= {free + quotient(bound, price.amount) for bound in bounds if bound}
    return {_metered(card, turn) for turn in turns}


def _metered(card: RateCardTerms, billed: Decimal) -> Decimal:
    """How much metered usage makes so many billed units."""
    config = card.unit_config
    if config is None or config.factor <= 0:
        return billed
    if config.operation is Operation.DIVIDE:
        return EXACT.multiply(billed, config.factor)
    return quotient(billed, config.factor)


def _natural_scale(card: RateCardTerms) -> Decimal:
    return readable_scale(card.price.amount) * 10 if isinstance(card.price, Unit) else Decimal(1000)
