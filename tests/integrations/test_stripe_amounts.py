"""Stripe's amounts: exact minor units, or a clear refusal."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from backend.integrations.stripe.amounts import NotRepresentable, item_amounts, item_name, minor_units
from backend.invoicing.ports import DocumentLine

D = Decimal
JAN = datetime(2026, 1, 1, tzinfo=UTC)


def line(quantity: str, unit: str, total: str) -> DocumentLine:
    return DocumentLine("l1", "Tokens", D(quantity), D(unit), D(total), JAN, JAN)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "USD", 1234),
        ("1000", "JPY", 1000),
        ("5", "UGX", 500),
        ("1.230", "KWD", 1230),
        ("0", "EUR", 0),
        ("999999.99", "USD", 99999999),
    ],
)
def test_an_amount_is_written_in_minor_units(amount: str, currency: str, minor: int) -> None:
    assert minor_units(D(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.001", "USD"), ("0.5", "JPY"), ("1.234", "KWD"), ("1000000", "USD")]
)
def test_an_amount_that_stripe_cannot_write_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(NotRepresentable):
        minor_units(D(amount), currency)


def test_an_exact_product_is_mirrored_as_quantity_and_unit_amount() -> None:
    assert item_amounts(line("1500", "0.002", "3.00"), "USD") == {
        "quantity_decimal": "1500",
        "unit_amount_decimal": "0.2",
    }


def test_a_rounded_product_is_mirrored_as_its_total_with_the_sum_in_words() -> None:
    rounded = line("1234.5", "0.0333", "41.11")
    assert item_amounts(rounded, "USD") == {"amount": 4111}
    assert item_name(rounded, "USD") == "Tokens (1234.5 x 0.0333 USD)"


def test_a_discounted_line_is_mirrored_as_its_total() -> None:
    assert item_amounts(line("10", "1", "9.00"), "USD") == {"amount": 900}
