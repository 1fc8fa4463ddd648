"""How Meterline calculates: sums and products are exact, and only a division ever has to stop at a digit.

Everything in the engine that adds or multiplies decimals does so in `EXACT`, never in the caller's ambient context
(28 digits, which would silently round large sums). Divisions go through `quotient` and keep 50 digits; the plain `/`
in `EXACT` fails loudly rather than filling the memory. Source: billing spec 0, conventions.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import (
    MAX_EMAX,
    MAX_PREC,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)

ZERO = Decimal(0)
ONE = Decimal(1)

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
EXACT = Context(prec=MAX_PREC, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=_TRAPS)
_DIVISION = Context(prec=50, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=_TRAPS)


@contextmanager
def exact() -> Iterator[None]:
    """Calculate exactly inside: a `with` block, or a decorator on a function."""
    with localcontext(EXACT):
        yield


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum of any number of amounts, of any number of digits."""
    result = ZERO
    for amount in amounts:
        result = EXACT.add(result, amount)
    return result


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide and keep 50 significant digits."""
    return _DIVISION.divide(dividend, divisor)


def plain(number: Decimal) -> str:
    """Write a number the way people do: no exponent, no trailing zeros after the point (`10.50` is `10.5`)."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
