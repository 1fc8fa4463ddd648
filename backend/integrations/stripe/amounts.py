"""How Stripe writes an amount: whole minor units of its own list of currencies, exact to the last one."""

from decimal import ROUND_DOWN, Decimal

from backend.engine.exact import EXACT, plain
from backend.invoicing.ports import AppIssue, DocumentLine

# Stripe's smallest unit where it is not a hundredth; of ISK and UGX, which have no minor unit, it still is one.
ZERO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
LARGEST = 99_999_999
DECIMAL_PLACES = Decimal("1e-12")
"""Stripe's finest quantity and unit amount."""


class NotRepresentable(ValueError):
    """An amount that Stripe cannot write exactly."""


def decimals(currency: str) -> int:
    """The decimals of Stripe's smallest unit of a currency."""
    return 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def minor_units(amount: Decimal, currency: str) -> int:
    """An amount in Stripe's smallest units: 12.34 USD is 1234. Raises NotRepresentable rather than round.

    Stripe takes three-decimal currencies only in steps of ten of their smallest unit, and at most eight digits.
    """
    scaled = EXACT.scaleb(amount, decimals(currency))
    whole = int(scaled.to_integral_value(ROUND_DOWN))
    step = 10 if currency in THREE_DECIMALS else 1
    if scaled != whole or whole % step or abs(whole) > LARGEST:
        raise NotRepresentable(f"{plain(amount)} {currency}")
    return whole


def item_amounts(line: DocumentLine, currency: str) -> dict[str, object]:
    """The amount of an invoice item: quantity times unit amount where that is exact, else the total alone.

    Source: billing spec 7, the Stripe app.
    """
    total = minor_units(line.total, currency)
    unit = EXACT.scaleb(line.per_unit_amount, decimals(currency))
    if EXACT.multiply(unit, line.quantity) == total and _fine(unit) and _fine(line.quantity) and line.quantity > 0:
        return {"quantity_decimal": plain(line.quantity), "unit_amount_decimal": plain(unit)}
    return {"amount": total}


def item_name(line: DocumentLine, currency: str) -> str:
    """What the customer reads; the sum behind it is spelled out where Stripe cannot show it."""
    if "amount" in item_amounts(line, currency) and line.quantity != 1:
        return f"{line.name} ({plain(line.quantity)} x {plain(line.per_unit_amount)} {currency})"
    return line.name


def amount_issues(lines: tuple[DocumentLine, ...], total: Decimal, currency: str) -> list[AppIssue]:
    """The amounts of an invoice that Stripe could not write."""
    issues = []
    for amount, field in [*((line.total, f"lines/{line.id}") for line in lines), (total, "totals/total")]:
        try:
            minor_units(amount, currency)
        except NotRepresentable as problem:
            issues.append(AppIssue("stripe_amount_not_representable", f"Stripe cannot take {problem} exactly.", field))
    return issues


def _fine(number: Decimal) -> bool:
    return number == number.quantize(DECIMAL_PLACES, context=EXACT)
