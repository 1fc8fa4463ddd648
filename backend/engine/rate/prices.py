"""What a rate card can cost: the price models, minimum and maximum spend, and discounts, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from backend.engine.exact import ONE


class PaymentTerm(StrEnum):
    """Whether a flat price is due when its period starts or when it ends."""

    IN_ADVANCE = "in_advance"
    IN_ARREARS = "in_arrears"


@dataclass(frozen=True, slots=True)
class Flat:
    """A fixed amount per period, or once."""

    amount: Decimal
    payment_term: PaymentTerm = PaymentTerm.IN_ADVANCE


@dataclass(frozen=True, slots=True)
class Unit:
    """Every unit costs the same."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """A band of usage up to and including `up_to` (None: no end), with a flat price, a unit price, or both."""

    up_to: Decimal | None
    flat: Decimal | None = None
    unit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Graduated:
    """Each unit costs what its own tier says. The order in which tiers are written does not matter."""

    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """All units cost what the tier says that the whole quantity falls in. Order does not matter."""

    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """Units are sold in packages of `size`; a package opens with its first unit and is paid whole."""

    amount: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class Dynamic:
    """The metered value itself is money, times a multiplier."""

    multiplier: Decimal = ONE


Price = Flat | Unit | Graduated | Volume | Package | Dynamic


@dataclass(frozen=True, slots=True)
class Commitment:
    """The least and the most a customer pays for a usage price in one full service period."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PercentageDiscount:
    """So many percent off (0 to 100); the id stays the same on every split of a line."""

    percentage: Decimal
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class UsageDiscount:
    """So many units free per full service period, counted after unit conversion."""

    quantity: Decimal
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Discounts:
    """What a rate card takes off; usage discounts do not apply to flat prices."""

    percentage: PercentageDiscount | None = None
    usage: UsageDiscount | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """The usage one line bills: all of a service period, or one part of it when billing progressively.

    `before` is the usage already covered by earlier parts; both quantities are in billed units.
    """

    currency: str
    quantity: Decimal
    before: Decimal = field(default=Decimal(0))
    is_first: bool = True
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class Charge:
    """One row of a price's calculation, `quantity * per_unit_amount`, before discounts and commitments.

    The label follows the line's name; the reference is stable for the same row of the same price.
    """

    reference: str
    label: str
    quantity: Decimal
    per_unit_amount: Decimal
    payment_term: PaymentTerm = PaymentTerm.IN_ARREARS
