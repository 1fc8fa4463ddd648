"""How numbers, money and instants are written for people."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portal import formatting


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("0.005", "USD", "$0.01"),
        ("-3", "EUR", "\N{MINUS SIGN}€3.00"),
        ("-0.001", "EUR", "€0.00"),
        ("1200.4", "JPY", "¥1,200"),
        ("1.2345", "KWD", "1.235 KWD"),
        ("12", "SEK", "12.00 SEK"),
        ("1200.4", "BIF", "1,200 BIF"),
        ("1234567890123456789012345678901.25", "USD", "$1,234,567,890,123,456,789,012,345,678,901.25"),
    ],
)
def test_money_has_its_currency_and_minor_unit(amount: str, currency: str, text: str) -> None:
    assert formatting.money(Decimal(amount), currency) == text


@pytest.mark.parametrize(("amount", "text"), [("0.0004", "$0.0004"), ("3", "$3.00"), ("1200.5", "$1,200.50")])
def test_a_unit_price_is_never_rounded(amount: str, text: str) -> None:
    assert formatting.unit_price(Decimal(amount), "USD") == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("12400000.50", "12,400,000.5"),
        ("0", "0"),
        ("1E+3", "1,000"),
        ("-2.0", "\N{MINUS SIGN}2"),
        ("1E-9", "0.000000001"),
    ],
)
def test_a_quantity_is_exact(amount: str, text: str) -> None:
    assert formatting.quantity(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("12400000", "12.4M"), ("999", "999"), ("1000", "1K"), ("1234567890", "1.23B"), ("0.126", "0.13")],
)
def test_a_compact_number_has_three_figures(amount: str, text: str) -> None:
    assert formatting.compact(Decimal(amount)) == text


def test_an_instant_names_its_zone() -> None:
    at = datetime(2026, 3, 5, 14, 5, tzinfo=UTC)
    assert formatting.instant(at) == "5 Mar 2026, 14:05 UTC"
    assert formatting.instant(at, "Europe/Berlin") == "5 Mar 2026, 15:05 CET"
    assert formatting.exact_instant(at) == "2026-03-05T14:05:00.000Z"
    assert formatting.instant(None) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ((2026, 3, 1), (2026, 4, 1), "1 \N{EN DASH} 31 Mar 2026"),
        ((2026, 3, 15), (2026, 4, 15), "15 Mar \N{EN DASH} 14 Apr 2026"),
        ((2025, 12, 15), (2026, 1, 15), "15 Dec 2025 \N{EN DASH} 14 Jan 2026"),
        ((2026, 3, 1), (2026, 3, 2), "1 Mar 2026"),
    ],
)
def test_a_period_ends_on_its_last_day(start: tuple[int, int, int], end: tuple[int, int, int], text: str) -> None:
    assert formatting.period(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC)) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(hours=-1), "in 1 hour"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_how_long_ago(span: timedelta, text: str) -> None:
    now = datetime(2026, 3, 5, tzinfo=UTC)
    assert formatting.ago(now - span, now) == text


def test_words_and_initials() -> None:
    assert formatting.words("payment_processing.pending") == "Payment processing: pending"
    assert formatting.plural(1, "customer") == "1 customer"
    assert formatting.plural(1204, "entry", "entries") == "1,204 entries"
    assert formatting.initials("Ada Lovelace") == "AL"
    assert formatting.initials("grace@example.com") == "GC"
    assert formatting.initials("") == ""
