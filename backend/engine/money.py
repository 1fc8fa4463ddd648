"""Money is an amount in a currency: it never mixes with another currency and never loses a cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from backend.engine.currency import currency as currency_of
from backend.engine.exact import EXACT, ONE, ZERO, exact, total
from backend.errors import Invalid


class CurrencyMismatch(Invalid):
    """Two amounts in different currencies were combined."""


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount that can be paid: 0.01 for USD, 1 for JPY. Unknown codes raise Invalid."""
    return Decimal((0, (1,), -currency_of(currency).subunits))


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """Round half away from zero to the currency's minor unit (billing spec 0)."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP, EXACT)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency (ISO 4217 code); not rounded until somebody asks for it."""

    amount: Decimal
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in this currency."""
        return cls(ZERO, currency)

    @property
    def minor_unit(self) -> Decimal:
        """The smallest amount of this currency that can be paid."""
        return minor_unit(self.currency)

    def __add__(self, other: Money) -> Money:
        return replace(self, amount=EXACT.add(self.amount, self._same(other).amount))

    def __sub__(self, other: Money) -> Money:
        return replace(self, amount=EXACT.subtract(self.amount, self._same(other).amount))

    def __neg__(self) -> Money:
        return replace(self, amount=EXACT.minus(self.amount))

    def rounded(self) -> Money:
        """Round half away from zero to the currency's minor unit."""
        return replace(self, amount=round_amount(self.amount, self.currency))

    @exact()
    def split(self, weights: Sequence[Decimal]) -> list[Money]:
        """Share by weight without losing a cent: the largest remainders get the rest.

        Weights are not negative and not all zero, else Invalid. The parts are whole minor units, or finer only when
        the amount itself is; a negative amount is shared like its opposite. Ties go to the earlier part.
        """
        whole = total(weights)
        if whole <= 0 or any(weight < 0 for weight in weights):
            raise Invalid("Shares need weights that are not negative and not all zero.")
        unit = min(self.minor_unit, ONE.scaleb(_exponent(self.amount)))
        units = abs(self.amount).scaleb(-_exponent(unit))
        parts, remainders = _floors(units, weights, whole)
        rest = int(units - total(parts))
        for index in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[:rest]:
            parts[index] += 1
        sign = unit if self.amount >= 0 else -unit
        return [replace(self, amount=part * sign) for part in parts]

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be combined.")
        return other


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise Invalid("An amount must be a finite number.")
    return exponent


def _floors(units: Decimal, weights: Sequence[Decimal], whole: Decimal) -> tuple[list[Decimal], list[Decimal]]:
    """Each share rounded down to whole units, and what was cut off (in units times the total weight)."""
    pairs = [divmod(units * weight, whole) for weight in weights]
    return [floor for floor, _ in pairs], [remainder for _, remainder in pairs]
