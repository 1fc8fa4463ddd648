"""What a plan would cost at so much usage: the invoice engine itself at work, with nothing saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from backend.catalog.terms import RateCardTerms
from backend.engine.exact import ZERO, total
from backend.engine.invoice.totals import Totals
from backend.engine.period import Period
from backend.engine.pipeline import rate_line
from backend.engine.rate.lines import LineToRate, RatedLine
from backend.engine.recurrence import Duration

_A_FULL_PERIOD = Period(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC))
"""Which month does not matter: a full service period is never prorated."""


@dataclass(frozen=True, slots=True)
class PricePreview:
    """One billing period: each rate card with its rated line, and what is due for all of them together."""

    lines: tuple[tuple[RateCardTerms, RatedLine], ...]
    total: Decimal


def preview_price(currency: str, card: RateCardTerms, quantity: Decimal) -> RatedLine:
    """Rate one full service period of a rate card at a metered quantity, before taxes and credits.

    The answer is what the invoice would say, row by row and to the cent: the same pipeline computes it. A rate card
    without a price has no rows. Raises Invalid for prices that cannot be rated. Source: billing spec 4.2.
    """
    if card.price is None:
        return RatedLine((), Totals(), quantity, ZERO)
    line = LineToRate(
        name=card.name,
        currency=currency,
        price=card.price,
        period=_A_FULL_PERIOD,
        quantity=quantity,
        unit_config=card.unit_config,
        discounts=card.discounts,
        commitment=card.commitment,
    )
    return rate_line(line)


def preview_curve(
    currency: str, card: RateCardTerms, quantities: Iterable[Decimal]
) -> tuple[tuple[Decimal, Decimal], ...]:
    """What a rate card costs at each of these metered quantities, for a chart: pairs of quantity and amount."""
    return tuple((quantity, preview_price(currency, card, quantity).totals.total) for quantity in quantities)


def preview_period(
    currency: str, cards: Sequence[RateCardTerms], cadence: Duration, usage: Mapping[str, Decimal]
) -> PricePreview:
    """What one billing period costs with all rate cards that are billed at this cadence; `usage` is by rate card key.

    One-time fees and rate cards of another cadence are left out: they do not belong to every period.
    """
    lines = tuple(
        (card, preview_price(currency, card, usage.get(card.key, ZERO)))
        for card in cards
        if card.billing_cadence == cadence
    )
    return PricePreview(lines, total(rated.totals.total for _, rated in lines))
