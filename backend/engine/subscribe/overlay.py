"""An add-on is laid over a plan: what both have is added up, what only one has is kept, as often as it was bought."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from backend.engine.convert import UnitConfig
from backend.engine.exact import EXACT
from backend.engine.rate.prices import Commitment, Discounts, Flat, Price, UsageDiscount
from backend.engine.recurrence import Duration
from backend.errors import Invalid, Issue


@dataclass(frozen=True, slots=True)
class Offered:
    """What a rate card charges and includes, as far as an add-on can change it.

    `quota` are the units issued in each usage period; None without a quota. `accesses` counts who gives plain access,
    so that it lasts as long as one of them does.
    """

    price: Price | None = None
    cadence: Duration | None = None
    unit_config: UnitConfig | None = None
    commitment: Commitment = field(default_factory=Commitment)
    discounts: Discounts = field(default_factory=Discounts)
    quota: Decimal | None = None
    accesses: int = 0


def overlay(own: Offered, added: Offered, times: int) -> Offered:
    """Lay an add-on's rate card over the plan's of the same key, `times` times; no times changes nothing.

    Flat amounts, quotas, free units and accesses add up. Without a price of its own the plan's takes over the add-on's,
    with cadence, unit conversion and commitment. Prices that cannot be added up: Invalid. Source: billing spec 1.5.
    """
    if times == 0:
        return own
    return replace(
        _with_price(own, added, times),
        discounts=Discounts(
            own.discounts.percentage or added.discounts.percentage,
            _free_units(own.discounts.usage, added.discounts.usage, times),
        ),
        quota=_sum(own.quota, added.quota, times),
        accesses=own.accesses + added.accesses * times,
    )


def _with_price(own: Offered, added: Offered, times: int) -> Offered:
    if added.price is None:
        return own
    if own.price is None:
        price = _multiplied(added.price, times)
        return replace(
            own, price=price, cadence=added.cadence, unit_config=added.unit_config, commitment=added.commitment
        )
    if isinstance(own.price, Flat) and isinstance(added.price, Flat):
        more = EXACT.multiply(added.price.amount, Decimal(times))
        return replace(own, price=replace(own.price, amount=EXACT.add(own.price.amount, more)))
    message = "Only flat prices can be added up."
    raise Invalid(message, issues=[Issue("price", "rate_card_only_flat_price_allowed", message)])


def _multiplied(price: Price, times: int) -> Price:
    if isinstance(price, Flat):
        return replace(price, amount=EXACT.multiply(price.amount, Decimal(times)))
    if times > 1:
        message = "Only what is free or has a flat price can be bought several times."
        raise Invalid(message, issues=[Issue("quantity", "addon_invalid_ratecard_price_for_multi_instance", message)])
    return price


def _free_units(own: UsageDiscount | None, added: UsageDiscount | None, times: int) -> UsageDiscount | None:
    if own is None or added is None:
        return own if added is None else replace(added, quantity=EXACT.multiply(added.quantity, Decimal(times)))
    return replace(own, quantity=EXACT.add(own.quantity, EXACT.multiply(added.quantity, Decimal(times))))


def _sum(own: Decimal | None, added: Decimal | None, times: int) -> Decimal | None:
    if added is None:
        return own
    more = EXACT.multiply(added, Decimal(times))
    return more if own is None else EXACT.add(own, more)
