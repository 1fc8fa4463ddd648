"""Step 2, usage becomes billed units: tokens to thousands of tokens, seconds to hours, with the seller's rounding."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

from backend.engine.exact import EXACT, quotient


class Operation(StrEnum):
    """Whether the metered quantity is divided or multiplied by the factor."""

    DIVIDE = "divide"
    MULTIPLY = "multiply"


class Rounding(StrEnum):
    """How billed units are rounded; half up means half away from zero."""

    NONE = "none"
    CEILING = "ceiling"
    FLOOR = "floor"
    HALF_UP = "half_up"


_MODES = {Rounding.CEILING: ROUND_CEILING, Rounding.FLOOR: ROUND_FLOOR, Rounding.HALF_UP: ROUND_HALF_UP}


@dataclass(frozen=True, slots=True)
class UnitConfig:
    """How metered usage becomes billed units: `factor` is positive, `precision` the decimals kept when rounding.

    `display_unit` is what invoices call the result, such as GB.
    """

    operation: Operation
    factor: Decimal
    rounding: Rounding = Rounding.NONE
    precision: int = 0
    display_unit: str | None = None


def convert(config: UnitConfig, quantity: Decimal) -> Decimal:
    """Metered usage in billed units before rounding: what usage reports show."""
    if config.operation is Operation.DIVIDE:
        return quotient(quantity, config.factor)
    return EXACT.multiply(quantity, config.factor)


def to_billed_units(config: UnitConfig | None, quantity: Decimal) -> Decimal:
    """Metered usage in billed units, rounded as configured; unchanged without a config (billing spec 4.2, step 1)."""
    if config is None:
        return quantity
    units = convert(config, quantity)
    if config.rounding is Rounding.NONE:
        return units
    return units.quantize(Decimal((0, (1,), -config.precision)), _MODES[config.rounding], EXACT)
