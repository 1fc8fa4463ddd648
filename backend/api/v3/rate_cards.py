"""How rate cards are written in version 3: one flat shape for fees and usage, with what it includes.

What only fits one kind of price is refused with any other, and never silently left out. Source: billing spec 1.3.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field, StrictBool, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v3.prices import (
    AnyPrice,
    FlatPrice,
    FreePrice,
    SpendCommitments,
    UnitConversion,
    UsagePrice,
    commitment_from_wire,
    commitment_to_wire,
    price_from_wire,
    price_to_wire,
    unit_config_from_wire,
    unit_config_to_wire,
)
from backend.api.v3.wire import Description, LabelMap, Name, Numeric, SnakeInput, Ulid, labels_to_wire
from backend.api.wire import Key, Number, encode
from backend.catalog.models import RateCardKind
from backend.catalog.templates import (
    DEEPEST_CONFIG,
    BooleanTemplate,
    EntitlementTemplate,
    MeteredTemplate,
    StaticTemplate,
    is_shallow,
)
from backend.catalog.terms import RateCardTerms
from backend.engine.exact import plain
from backend.engine.rate.prices import Discounts, Flat, PaymentTerm, PercentageDiscount, UsageDiscount
from backend.engine.recurrence import Duration


class Reference(SnakeInput):
    """Another resource, by its id."""

    id: Ulid


class RateCardDiscounts(SnakeInput):
    """What a rate card takes off: so many percent, or so many units free in every period."""

    percentage: Number | None = None
    usage: Numeric | None = None


class RateCardTax(SnakeInput):
    """How a price is taxed, by a tax code."""

    behavior: Literal["inclusive", "exclusive"] | None = None
    code: Reference


class MeteredEntitlement(SnakeInput):
    """A quota of usage in every usage period: the billing cadence of the rate card, unless another one is given."""

    type: Literal["metered"]
    is_soft_limit: StrictBool = False
    limit: Annotated[Number, Field(ge=0)] | None = None
    usage_period: Iso8601Duration | None = None


class StaticEntitlement(SnakeInput):
    """Access with a configuration: a JSON object."""

    type: Literal["static"]
    config: Any

    @field_validator("config")
    @classmethod
    def _not_endless(cls, config: Any) -> Any:
        if not is_shallow(config):
            raise ValueError(f"a configuration is nested in at most {DEEPEST_CONFIG} levels")
        return config


class BooleanEntitlement(SnakeInput):
    """Plain access."""

    type: Literal["boolean"]


AnyEntitlement = Annotated[MeteredEntitlement | StaticEntitlement | BooleanEntitlement, Field(discriminator="type")]


class _RateCard(SnakeInput):
    key: Key
    name: Name
    description: Description | None = None
    feature: Reference | None = None
    currency: str | None = None
    price: AnyPrice
    billing_cadence: Annotated[Iso8601Duration | None, Field(validate_default=True)] = None
    unit_config: UnitConversion | None = None
    payment_term: PaymentTerm | None = None
    commitments: SpendCommitments | None = None
    discounts: RateCardDiscounts | None = None
    tax_config: RateCardTax | None = None
    entitlement: AnyEntitlement | None = None


class RateCardOut(_RateCard):
    """What is charged for and what it includes."""

    labels: dict[str, str] | None = None


class RateCardInput(_RateCard):
    """What is to be charged for and what it includes; without a payment term a flat price is due in arrears."""

    labels: LabelMap | None = None

    @field_validator("billing_cadence")
    @classmethod
    def _only_flat_prices_are_paid_once(cls, cadence: Duration | None, card: ValidationInfo) -> Duration | None:
        if cadence is None and isinstance(card.data.get("price"), UsagePrice):
            raise PydanticCustomError("missing", "A price by usage needs a billing cadence, such as P1M")
        return cadence

    @field_validator("payment_term")
    @classmethod
    def _only_flat_prices_are_paid_in_advance(cls, term: PaymentTerm | None, card: ValidationInfo) -> Any:
        if term is PaymentTerm.IN_ADVANCE and isinstance(card.data.get("price"), FreePrice | UsagePrice):
            raise PydanticCustomError("rate_card_only_flat_price_allowed", "Only a flat price is paid in advance")
        return term

    @field_validator("commitments")
    @classmethod
    def _only_usage_has_a_spend(cls, commitments: SpendCommitments | None, card: ValidationInfo) -> Any:
        if commitments is not None and isinstance(card.data.get("price"), FreePrice | FlatPrice):
            message = "A minimum or maximum spend belongs to a unit, graduated or volume price"
            raise PydanticCustomError("commitments_require_usage_based_price", message)
        return commitments

    @field_validator("entitlement")
    @classmethod
    def _a_quota_has_a_period(cls, entitlement: AnyEntitlement | None, card: ValidationInfo) -> Any:
        is_endless = isinstance(entitlement, MeteredEntitlement) and entitlement.usage_period is None
        if is_endless and card.data.get("billing_cadence", ...) is None:
            raise PydanticCustomError("missing", "A quota needs a usage_period where there is no billing cadence")
        return entitlement


def rate_cards_from_wire(cards: Sequence[RateCardInput]) -> tuple[RateCardTerms, ...]:
    """The terms of rate cards."""
    return tuple(_from_wire(card) for card in cards)


def rate_cards_to_wire(cards: Sequence[RateCardTerms]) -> list[RateCardOut]:
    """Rate cards as version 3 writes them."""
    return [_to_wire(card) for card in cards]


def _from_wire(card: RateCardInput) -> RateCardTerms:
    return RateCardTerms(
        key=card.key,
        name=card.name,
        kind=RateCardKind.USAGE_BASED if isinstance(card.price, UsagePrice) else RateCardKind.FLAT_FEE,
        price=price_from_wire(card.price, card.payment_term or PaymentTerm.IN_ARREARS),
        billing_cadence=card.billing_cadence,
        unit_config=unit_config_from_wire(card.unit_config),
        commitment=commitment_from_wire(card.commitments),
        discounts=discounts_from_wire(card.discounts),
        feature_id=None if card.feature is None else card.feature.id,
        entitlement=_entitlement_from_wire(card.entitlement),
        tax_config=None if card.tax_config is None else tax_from_wire(card.tax_config),
        currency=card.currency,
        description=card.description,
        labels=card.labels or {},
    )


def _to_wire(card: RateCardTerms) -> RateCardOut:
    return RateCardOut(
        key=card.key,
        name=card.name,
        description=card.description,
        labels=labels_to_wire(card.labels),
        feature=None if card.feature_id is None else Reference(id=card.feature_id),
        price=price_to_wire(card.price),
        billing_cadence=card.billing_cadence,
        unit_config=unit_config_to_wire(card.price, card.unit_config),
        payment_term=card.price.payment_term if isinstance(card.price, Flat) else None,
        commitments=commitment_to_wire(card.commitment),
        discounts=discounts_to_wire(card.discounts),
        entitlement=_entitlement_to_wire(card),
    )


def tax_from_wire(tax: RateCardTax) -> dict[str, str | None]:
    """A tax as rate cards and lines keep it."""
    return {"behavior": tax.behavior, "taxCodeId": tax.code.id}


def discounts_from_wire(discounts: RateCardDiscounts | None) -> Discounts:
    """The engine's discounts."""
    if discounts is None:
        return Discounts()
    return Discounts(
        percentage=None if discounts.percentage is None else PercentageDiscount(discounts.percentage),
        usage=None if discounts.usage is None else UsageDiscount(discounts.usage),
    )


def discounts_to_wire(discounts: Discounts) -> RateCardDiscounts | None:
    """Discounts as version 3 writes them; None when there are none."""
    percentage, usage = discounts.percentage, discounts.usage
    if percentage is None and usage is None:
        return None
    return RateCardDiscounts(
        percentage=None if percentage is None else percentage.percentage,
        usage=None if usage is None else plain(usage.quantity),
    )


def _entitlement_from_wire(entitlement: AnyEntitlement | None) -> EntitlementTemplate | None:
    match entitlement:
        case None:
            return None
        case BooleanEntitlement():
            return BooleanTemplate()
        case StaticEntitlement():
            return StaticTemplate(encode(entitlement.config).decode())
        case MeteredEntitlement():
            return MeteredTemplate(
                issue_after_reset=entitlement.limit,
                is_soft_limit=entitlement.is_soft_limit,
                usage_period=entitlement.usage_period,
            )


def _entitlement_to_wire(card: RateCardTerms) -> AnyEntitlement | None:
    """What a rate card includes; a configuration leaves as it was written, digit for digit."""
    match card.entitlement:
        case None:
            return None
        case BooleanTemplate():
            return BooleanEntitlement(type="boolean")
        case StaticTemplate():
            return StaticEntitlement(type="static", config=msgspec.Raw(card.entitlement.config.encode()))
        case MeteredTemplate():
            return MeteredEntitlement(
                type="metered",
                is_soft_limit=card.entitlement.is_soft_limit,
                limit=card.entitlement.issue_after_reset,
                usage_period=card.entitlement.usage_period or card.billing_cadence,
            )
