"""One worked example, line by line and as one sum, from the invoice engine: what a customer pays at N units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.catalog.service.preview import PricePreview, preview_period
from backend.catalog.terms import RateCardTerms
from backend.engine.exact import EXACT, ZERO
from backend.engine.rate.lines import DetailedLine
from backend.engine.rate.prices import Flat, Graduated
from backend.engine.recurrence import Duration
from portal.formatting import MINUS, money, quantity, unit_price
from portal.price_words import readable_scale


@dataclass(frozen=True)
class ExampleRow:
    """One row of the worked example: what, how it is computed, how much."""

    what: str
    formula: str
    amount: str


@dataclass(frozen=True)
class Example:
    """The bill of one billing period: row by row, as one sum, and what it comes to."""

    rows: tuple[ExampleRow, ...] = ()
    formula: str = ""
    total: str = ""


def work_out(
    currency: str, cards: Sequence[RateCardTerms], cadence: Duration | None, usage: Mapping[str, Decimal]
) -> Example:
    """The bill at this usage, as the invoice would write it."""
    preview = preview_period(currency, cards, cadence, usage)
    total, terms = money(preview.total, currency), _terms(preview, currency)
    formula = "" if terms in ([], [total]) else f"{' + '.join(terms)} = {total}"
    return Example(tuple(_rows(preview, currency)), formula, total)


def _terms(preview: PricePreview, currency: str) -> list[str]:
    """The terms of the sum: `$99.00`, `first 1,000 x $0.30`, `next 500 x $0.20`."""
    said: list[str] = []
    for card, rated in preview.lines:
        parts = [line for line in rated.detailed_lines if _matters(line)]
        by_tier = isinstance(card.price, Graduated) and sum(line.quantity != 1 for line in parts) > 1
        counted = 0
        for line in parts:
            term = money(line.totals.amount + line.totals.charges_total, currency)
            if line.quantity != 1 and not isinstance(card.price, Flat):
                place = ("next " if counted else "first ") if by_tier else ""
                rate = _rate(line.per_unit_amount, currency)
                term = f"{place}{quantity(line.quantity)} \N{MULTIPLICATION SIGN} {rate}"
                counted += 1
            taken = line.totals.discounts_total
            said.append(f"{term} {MINUS} {money(taken, currency)}" if taken else term)
    return said


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
