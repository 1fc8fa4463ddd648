"""Money keeps to its currency, rounds half away from zero, and is shared without losing a cent."""

from decimal import Decimal, getcontext, localcontext

import pytest

from backend.engine.currency import CURRENCIES, currency
from backend.engine.exact import plain, quotient, total
from backend.engine.money import CurrencyMismatch, Money, round_amount
from backend.errors import Invalid


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch, match="USD and EUR"):
        usd("1") + Money.zero("EUR")
    with pytest.raises(CurrencyMismatch):
        usd("1") - Money.zero("JPY")


def test_arithmetic_is_exact_beyond_the_ambient_precision() -> None:
    large = usd("123456789012345678901234567890.01")
    with localcontext() as ambient:
        ambient.prec = 5
        assert (large + usd("0.001")).amount == Decimal("123456789012345678901234567890.011")
        assert (large - large) == Money.zero("USD")
        assert str((-large).amount) == "-123456789012345678901234567890.01"
    assert getcontext().prec == 28


@pytest.mark.parametrize(
    ("amount", "code", "rounded"),
    [
        ("12.345", "USD", "12.35"),
        ("-12.345", "USD", "-12.35"),
        ("0.5", "JPY", "1"),
        ("1.0005", "KWD", "1.001"),
        ("2.665", "USD", "2.67"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount: str, code: str, rounded: str) -> None:
    assert str(round_amount(Decimal(amount), code)) == rounded
    assert Money(Decimal(amount), code).rounded() == Money(Decimal(rounded), code)


def test_the_largest_remainders_get_the_rest() -> None:
    thirds = usd("100").split([Decimal(1)] * 3)
    assert [str(part.amount) for part in thirds] == ["33.34", "33.33", "33.33"]
    assert usd("-0.05").split([Decimal(1), Decimal(2)]) == [usd("-0.02"), usd("-0.03")]
    assert Money(Decimal(10), "JPY").split([Decimal(1)] * 4)[0].amount == 3


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(2), Decimal(-1)]])
def test_shares_need_weights(weights: list[Decimal]) -> None:
    with pytest.raises(Invalid, match="weights"):
        usd("1").split(weights)


def test_currencies_follow_iso_4217() -> None:
    assert {code: currency(code).subunits for code in ("USD", "JPY", "KWD", "EUR")} == {
        "USD": 2, "JPY": 0, "KWD": 3, "EUR": 2,
    }  # fmt: skip
    assert all(
        code == entry.code and len(code) == 3 and entry.name and entry.symbol for code, entry in CURRENCIES.items()
    )
    with pytest.raises(Invalid, match="XXL"):
        currency("XXL")


def test_division_keeps_fifty_digits() -> None:
    assert str(quotient(Decimal(2), Decimal(3))) == "0." + "6" * 49 + "7"
    assert total([]) == 0


@pytest.mark.parametrize(("number", "text"), [("1E+3", "1000"), ("10.500", "10.5"), ("-0.00", "0"), ("100", "100")])
def test_numbers_are_written_plainly(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
