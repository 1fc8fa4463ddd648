"""What a customer pays at N units: the curve, and one worked example line by line, both from the invoice engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import plotly.graph_objects as go

from backend.catalog.service.preview import PricePreview, preview_period
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PhaseTerms, RateCardTerms
from backend.engine.exact import EXACT, ONE, ZERO, quotient
from backend.engine.rate.lines import DetailedLine
from backend.engine.rate.prices import Flat, Graduated, Package, Unit, Volume
from backend.engine.recurrence import Duration
from portal import charts
from portal.components.usage_chart import ChartRow
from portal.formatting import MINUS, money, quantity, unit_price
from portal.price_words import readable_scale

STEPS = 60


@dataclass(frozen=True, slots=True)
class Curve:
    """What a customer pays over usage: drawn, as a table, and what is odd about it."""

    figure: go.Figure
    rows: list[ChartRow]
    warning: str


@dataclass(frozen=True)
class ExampleRow:
    """One row of the worked example: what, how it is computed, how much."""

    what: str
    formula: str
    amount: str


@dataclass(frozen=True)
class Example:
    """The bill of one billing period, and what the period costs in all."""

    rows: tuple[ExampleRow, ...] = ()
    total: str = ""


def usage_cards(phase: PhaseTerms, cadence: Duration) -> list[RateCardTerms]:
    """The rate cards whose cost depends on usage, billed together with the plan."""
    return [
        card
        for card in phase.rate_cards
        if card.price is not None and not isinstance(card.price, Flat) and card.billing_cadence == cadence
    ]


def suggested_units(card: RateCardTerms) -> Decimal:
    """A quantity at which the example says something: beyond what is free, beyond the first steps of the price."""
    return quotient(_reach(card), Decimal(2)).to_integral_value() or ONE


def draw_curve(currency: str, phase: PhaseTerms, cadence: Duration, card: RateCardTerms) -> Curve:
    """The amount of one billing period over the usage of one rate card, with all else unused."""

    def amount(units: Decimal) -> Decimal:
        return preview_period(currency, phase.rate_cards, cadence, {card.key: units}).total

    reach = _reach(card)
    even = {quotient(reach * step, Decimal(STEPS)) for step in range(STEPS + 1)}
    turns = _turning_points(card)
    points = sorted(units for units in even | turns | {turn + 1 for turn in turns} if units <= reach)
    drawn = [(units, amount(units)) for units in points]
    tenths = sorted({quotient(reach * step, Decimal(10)).quantize(ONE) for step in range(11)})
    rows = [ChartRow(quantity(units), "", money(amount(units), currency)) for units in tenths]
    return Curve(charts.curve(drawn, card.name, currency), rows, _cliff(drawn, currency))


def _cliff(drawn: Sequence[tuple[Decimal, Decimal]], currency: str) -> str:
    """A warning where using more costs less, as at the edge of a volume tier."""
    for (_, before), (units, after) in pairwise(drawn):
        if after < before:
            return (
                f"Using more costs less here: the bill falls from {money(before, currency)} to "
                f"{money(after, currency)} at {quantity(units)} units."
            )
    return ""


def work_out(currency: str, phase: PhaseTerms, cadence: Duration, usage: dict[str, Decimal]) -> Example:
    """The bill at this usage, as the invoice would write it."""
    preview = preview_period(currency, phase.rate_cards, cadence, usage)
    return Example(tuple(_rows(preview, currency)), money(preview.total, currency))


def _rows(preview: PricePreview, currency: str) -> Sequence[ExampleRow]:
    rows: list[ExampleRow] = []
    for card, rated in preview.lines:
        if rated.usage_discount is not None:
            rows.append(
                ExampleRow(card.name, f"{quantity(rated.usage_discount.quantity)} included", money(ZERO, currency))
            )
        rows.extend(
            _row(line, currency, is_fee=isinstance(card.price, Flat)) for line in rated.detailed_lines if _matters(line)
        )
    return rows


def _row(line: DetailedLine, currency: str, *, is_fee: bool) -> ExampleRow:
    once = is_fee or line.quantity == 1
    formula = (
        "" if once else f"{quantity(line.quantity)} \N{MULTIPLICATION SIGN} {_rate(line.per_unit_amount, currency)}"
    )
    taken = line.totals.discounts_total
    if taken:
        before = money(line.totals.amount, currency)
        formula = f"{formula or before} {MINUS} {money(taken, currency)} discount"
    return ExampleRow(line.name, formula, money(line.totals.total, currency))


def _rate(amount: Decimal, currency: str) -> str:
    scale = readable_scale(amount)
    said = unit_price(EXACT.multiply(amount, scale), currency)
    return said if scale == 1 else f"{said} per {quantity(scale)}"


def _matters(line: DetailedLine) -> bool:
    return bool(line.quantity) or bool(line.totals.total)


def _reach(card: RateCardTerms) -> Decimal:
    """How far the curve goes: to the quota if nothing is sold beyond it, else well past the last turn."""
    template = card.entitlement
    if isinstance(template, MeteredTemplate) and template.issue_after_reset and not template.is_soft_limit:
        return template.issue_after_reset
    turns = [*_turning_points(card), *([template.issue_after_reset] if isinstance(template, MeteredTemplate) else [])]
    furthest = max((turn for turn in turns if turn), default=ZERO)
    return max(furthest * 2, _natural_scale(card))


def _turning_points(card: RateCardTerms) -> set[Decimal]:
    """The quantities where the curve bends, or after which it jumps."""
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
    return turns


def _natural_scale(card: RateCardTerms) -> Decimal:
    return readable_scale(card.price.amount) * 10 if isinstance(card.price, Unit) else Decimal(1000)
