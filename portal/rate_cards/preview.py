"""What a customer pays at N units, as it is written: the choices of the chart, the curve, the worked example."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import plotly.graph_objects as go
import reflex as rx

from backend.catalog.price_validation import price_issues
from backend.catalog.rate_card_validation import discount_issues
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import to_billed_units
from backend.engine.recurrence import Duration
from backend.errors import DomainError
from portal import boundary, price_words
from portal.components.usage_chart import ChartRow
from portal.formatting import quantity
from portal.rate_cards.curve import draw_curve, suggested_units, usage_cards
from portal.rate_cards.worked import Example, work_out

MOST_UNITS = Decimal(10) ** 15
LONGEST_NUMBER = 40
Drawn = tuple["Preview", go.Figure, list[ChartRow]]


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
    hint: str = ""
    besides: str = ""
    example: Example = Example()


class PreviewEvents(rx.State, mixin=True):
    """The chart and the worked example, for the usage that somebody chose."""

    preview: Preview = Preview()
    figure: go.Figure = go.Figure()
    curve_rows: list[ChartRow] = []

    @rx.event
    @boundary.command
    async def put_curve(self, field: str, value: str):
        """Choose the rate card that the chart shows (`key`), or the usage of the worked example (`units`)."""
        if field == "key":
            self.preview = replace(self.preview, key=value, is_own=False)
        else:
            self.preview = replace(self.preview, units=value[:LONGEST_NUMBER], is_own=True)
        await self._refresh()

    async def _show_preview(self, currency: str, cards: Sequence[RateCardTerms], cadence: Duration | None) -> None:
        drawn = await asyncio.to_thread(preview_of, currency, cards, cadence, self.preview)
        self.preview, self.figure, self.curve_rows = drawn


def preview_of(currency: str, cards: Sequence[RateCardTerms], cadence: Duration | None, chosen: Preview) -> Drawn:
    """Draw rate cards at the usage that was chosen, or at one that says something about the price."""
    cards = [card for card in cards if _can_be_rated(card)]
    by_usage = {card.key: card for card in usage_cards(cards, cadence) if card.key}
    shown = Preview(
        choices=tuple((key, card.name) for key, card in by_usage.items()),
        per=price_words.period_name(cadence) if cadence else "",
        besides=_besides(currency, cards, cadence),
    )
    if not by_usage:
        return replace(shown, example=work_out(currency, cards, cadence, {})), go.Figure(), []
    key = chosen.key if chosen.key in by_usage else next(iter(by_usage))
    is_own = chosen.is_own and chosen.key == key
    units = _units(chosen.units) if is_own else suggested_units(by_usage[key])
    written = chosen.units if is_own or units is None else quantity(units)
    shown = replace(shown, key=key, label=by_usage[key].name, units=written, is_own=is_own)
    shown = replace(shown, hint=_converted(by_usage[key], units))
    if units is None:
        return replace(shown, problem="Write a number of units."), go.Figure(), []
    try:
        curve = draw_curve(currency, cards, cadence, by_usage[key])
        example = work_out(currency, cards, cadence, {key: units})
    except DomainError as error:
        return replace(shown, problem=str(error)), go.Figure(), []
    return replace(shown, example=example), curve.figure, curve.rows


def _converted(card: RateCardTerms, units: Decimal | None) -> str:
    """What the unit conversion makes of the usage: prices, tiers and remarks count that."""
    if units is None or card.unit_config is None:
        return ""
    named = card.unit_config.display_unit or "units"
    return f"Billed as {quantity(to_billed_units(card.unit_config, units))} {named}."


def _can_be_rated(card: RateCardTerms) -> bool:
    """Whether a price is finished enough to be worked out; what is missing is said at its field."""
    return not any(price_issues(card, "")) and not any(discount_issues(card, ""))


def _besides(currency: str, cards: Sequence[RateCardTerms], cadence: Duration | None) -> str:
    """What is charged at other times, such as a one-time fee, and therefore is not in the total."""
    said = (
        f"{card.name} {price_words.price(card, currency)}"
        for card in cards
        if card.price is not None and card.billing_cadence != cadence
    )
    return "; ".join(said)


def _units(text: str) -> Decimal | None:
    try:
        units = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return units if units.is_finite() and 0 <= units <= MOST_UNITS else None
