"""How rate cards are written in version 1: a flat fee or a usage-based price, with what it includes."""

from typing import Annotated, Literal

from pydantic import Field

from backend.api.v1.wire.prices import (
    DiscountsWire,
    FlatPriceWire,
    Iso8601Duration,
    NullableInput,
    PriceWire,
    commitment_from_wire,
    discounts_from_wire,
    discounts_to_wire,
    price_from_wire,
    price_to_wire,
)
from backend.api.wire import Key, Labels, Number, WireInput
from backend.catalog.models import RateCardKind
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import UnitConfig
from backend.errors import Invalid, Issue

Name = Annotated[str, Field(min_length=1, max_length=256)]
Description = Annotated[str, Field(max_length=1024)]


class StripeTaxWire(WireInput):
    """Stripe's tax code."""

    code: Annotated[str, Field(pattern=r"^txcd_\d{8}$")]


class CustomInvoicingTaxWire(WireInput):
    """A tax code of the seller's own invoicing system."""

    code: str


class TaxConfigWire(WireInput):
    """How a price is taxed by whoever computes the tax."""

    behavior: Literal["inclusive", "exclusive"] | None = None
    stripe: StripeTaxWire | None = None
    custom_invoicing: CustomInvoicingTaxWire | None = None
    tax_code_id: Annotated[str, Field(pattern=r"^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")] | None = None


class BooleanTemplateWire(WireInput):
    """Plain access."""

    type: Literal["boolean"]
    metadata: Labels | None = None


class StaticTemplateWire(WireInput):
    """Access with a configuration: a JSON object, written as text."""

    type: Literal["static"]
    config: str
    metadata: Labels | None = None


class MeteredTemplateWire(WireInput):
    """A quota of usage."""

    type: Literal["metered"]
    is_soft_limit: bool = False
    issue_after_reset: Annotated[Number, Field(ge=0)] | None = None
    issue_after_reset_priority: Annotated[int, Field(ge=1, le=255)] | None = None
    preserve_overage_at_reset: bool = False
    usage_period: Iso8601Duration | None = None
    metadata: Labels | None = None


TemplateWire = Annotated[MeteredTemplateWire | StaticTemplateWire | BooleanTemplateWire, Field(discriminator="type")]


class _RateCardWire(NullableInput):
    key: Key
    name: Name
    description: Description | None = None
    metadata: Labels | None = None
    feature_key: Key | None = None
    entitlement_template: TemplateWire | None = None
    tax_config: TaxConfigWire | None = None
    discounts: DiscountsWire | None = None


class FlatFeeWire(_RateCardWire):
    """A fee, recurring or (without a billing cadence) once."""

    type: Literal["flat_fee"]
    billing_cadence: Iso8601Duration | None
    price: FlatPriceWire | None


class UsageBasedWire(_RateCardWire):
    """A price of usage, or a recurring flat price."""

    type: Literal["usage_based"]
    billing_cadence: Iso8601Duration
    price: PriceWire | None


RateCardWire = Annotated[FlatFeeWire | UsageBasedWire, Field(discriminator="type")]


def rate_card_from_wire(card: RateCardWire) -> RateCardTerms:
    """The terms of a rate card."""
    return RateCardTerms(
        key=card.key,
        name=card.name,
        kind=RateCardKind(card.type),
        price=None if card.price is None else price_from_wire(card.price),
        billing_cadence=card.billing_cadence,
        commitment=commitment_from_wire(card.price),
        discounts=discounts_from_wire(card.discounts),
        feature_key=card.feature_key,
        entitlement=None if card.entitlement_template is None else _template_from_wire(card.entitlement_template),
        tax_config=None if card.tax_config is None else card.tax_config.model_dump(by_alias=True),
        description=card.description,
        labels=card.metadata or {},
    )


def rate_card_to_wire(card: RateCardTerms) -> RateCardWire:
    """A rate card as version 1 writes it; Invalid when only version 3 can (billing spec 1.4)."""
    refuse_unit_config(card.unit_config, card.key)
    written = {
        "type": card.kind.value,
        "key": card.key,
        "name": card.name,
        "description": card.description,
        "metadata": dict(card.labels) or None,
        "feature_key": card.feature_key,
        "entitlement_template": None if card.entitlement is None else _template_to_wire(card.entitlement),
        "tax_config": None if card.tax_config is None else TaxConfigWire.model_validate(card.tax_config),
        "discounts": discounts_to_wire(card.discounts),
        "billing_cadence": card.billing_cadence,
        "price": None if card.price is None else price_to_wire(card.price, card.commitment),
    }
    kind = FlatFeeWire if card.kind is RateCardKind.FLAT_FEE else UsageBasedWire
    return kind.model_validate(written)


def refuse_unit_config(config: UnitConfig | None, key: str) -> None:
    """Version 1 has no words for a unit conversion, and leaving it out would tell a wrong price: Invalid."""
    if config is not None:
        message = f"The rate card {key} converts units: it is only available via the v3 API."
        raise Invalid(message, issues=[Issue("rateCards", "unit_config_not_representable", message)])


def _template_from_wire(template: TemplateWire) -> EntitlementTemplate:
    labels = template.metadata or {}
    match template:
        case BooleanTemplateWire():
            return BooleanTemplate(labels)
        case StaticTemplateWire():
            return StaticTemplate(template.config, labels)
        case MeteredTemplateWire():
            return MeteredTemplate(
                issue_after_reset=template.issue_after_reset,
                issue_after_reset_priority=template.issue_after_reset_priority,
                is_soft_limit=template.is_soft_limit,
                preserve_overage_at_reset=template.preserve_overage_at_reset,
                usage_period=template.usage_period,
                labels=labels,
            )


def _template_to_wire(template: EntitlementTemplate) -> TemplateWire:
    labels = dict(template.labels) or None
    match template:
        case BooleanTemplate():
            return BooleanTemplateWire(type="boolean", metadata=labels)
        case StaticTemplate():
            return StaticTemplateWire(type="static", config=template.config, metadata=labels)
        case MeteredTemplate():
            return MeteredTemplateWire(
                type="metered",
                is_soft_limit=template.is_soft_limit,
                issue_after_reset=template.issue_after_reset,
                issue_after_reset_priority=template.issue_after_reset_priority,
                preserve_overage_at_reset=template.preserve_overage_at_reset,
                usage_period=template.usage_period,
                metadata=labels,
            )
