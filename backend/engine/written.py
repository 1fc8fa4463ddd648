"""How amounts, quantities and days are written for people, on screens, on paper and in advice: exact, with currency."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from backend.engine.currency import currency as currency_of
from backend.engine.exact import EXACT
from backend.engine.money import round_amount

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CNY": "CN¥", "CHF": "CHF ", "BRL": "R$"}
"""The symbols that nobody takes for another currency; the others are written with their code."""

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


def money(amount: Decimal | None, currency: str) -> str:
    """An amount due, in the currency's minor unit: `$1,234.50`, `¥1,200`, `12.00 SEK`."""
    if amount is None:
        return NOTHING
    rounded = round_amount(amount, currency)
    return _signed(rounded, _with_currency(f"{rounded.copy_abs():,f}", currency))


def unit_price(amount: Decimal, currency: str) -> str:
    """A price per unit, unrounded, with at least the currency's minor unit: `$0.0004`, `$3.00`."""
    places = currency_of(currency).subunits
    plain = EXACT.normalize(amount)
    exponent = plain.as_tuple().exponent
    decimals = max(places, -exponent if isinstance(exponent, int) else 0)
    return _signed(amount, _with_currency(f"{amount.copy_abs():,.{decimals}f}", currency))


def quantity(amount: Decimal | int | None) -> str:
    """A number of units, exact, grouped, without trailing zeros: `12,400,000.5`."""
    if amount is None:
        return NOTHING
    text = f"{Decimal(amount).copy_abs():,f}"
    return _signed(Decimal(amount), text.rstrip("0").rstrip(".") if "." in text else text)


def day(at: datetime | None, zone: str = "UTC") -> str:
    """A day, in UTC or in a zone: `5 Mar 2026`."""
    if at is None:
        return NOTHING
    local = at.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    return f"{local.day} {local:%b %Y}"


def period(start: datetime, end: datetime) -> str:
    """A half-open period as people read it: its first and its last day, in UTC."""
    first, last = start.astimezone(UTC), (end - timedelta(microseconds=1)).astimezone(UTC)
    if first.date() >= last.date():
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} \N{EN DASH} {day(last)}"
    head = f"{first.day} {first:%b}" if first.year == last.year else day(first)
    return f"{head} \N{EN DASH} {day(last)}"


def _with_currency(figures: str, currency: str) -> str:
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{figures}" if symbol else f"{figures} {currency}"


def _signed(amount: Decimal, text: str) -> str:
    return MINUS + text if amount < 0 else text
