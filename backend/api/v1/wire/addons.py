"""How add-ons, and what plans offer of them, are written in version 1."""

from typing import Annotated

from pydantic import Field, StrictInt

from backend.api.v1.wire.plans import ValidationErrorWire, issue_to_wire
from backend.api.v1.wire.rate_cards import (
    Description,
    Name,
    RateCardWire,
    rate_card_from_wire,
    rate_card_to_wire,
)
from backend.api.wire import Instant, Key, Labels, Wire, WireInput
from backend.catalog.addon_rows import AddonVersion, Offer
from backend.catalog.models import InstanceType
from backend.catalog.terms import MOST_RATE_CARDS, AddonInput, AddonTerms, OfferTerms
from backend.engine.subscribe.status import AddonStatus

Quantity = Annotated[StrictInt, Field(ge=-(2**31), le=2**31 - 1)]
"""A whole number that every database can keep; the rules say which ones make sense."""


class AddonReplaceWire(WireInput):
    """Everything of a draft that an update replaces."""

    name: Name
    description: Description | None = None
    metadata: Labels | None = None
    instance_type: InstanceType
    rate_cards: Annotated[list[RateCardWire], Field(max_length=MOST_RATE_CARDS)]

    def terms(self) -> AddonTerms:
        """The terms of the add-on."""
        return AddonTerms(
            name=self.name,
            instance_type=self.instance_type,
            rate_cards=tuple(rate_card_from_wire(card) for card in self.rate_cards),
            description=self.description,
            labels=self.metadata or {},
        )


class AddonCreateWire(AddonReplaceWire):
    """A new add-on, or the next version of one."""

    key: Key
    currency: str

    def from_wire(self) -> AddonInput:
        """The add-on to create."""
        return AddonInput(self.key, self.currency, self.terms())


class AddonOut(Wire):
    """One version of an add-on."""

    id: str
    key: str
    version: int
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    instance_type: InstanceType
    currency: str
    effective_from: Instant | None = None
    effective_to: Instant | None = None
    status: AddonStatus
    rate_cards: list[RateCardWire]
    validation_errors: list[ValidationErrorWire]


class PlanAddonReplaceWire(WireInput):
    """On which terms a plan offers an add-on; without a largest quantity, any number of it."""

    metadata: Labels | None = None
    from_plan_phase: str
    max_quantity: Quantity | None = None

    def terms(self) -> OfferTerms:
        """The terms of the offer."""
        return OfferTerms(self.from_plan_phase, self.max_quantity, labels=self.metadata or {})


class PlanAddonCreateWire(PlanAddonReplaceWire):
    """An add-on that a plan is to offer."""

    addon_id: str


class PlanAddonOut(Wire):
    """An add-on that a plan offers, and what keeps the two from going together."""

    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    metadata: Labels | None = None
    addon: AddonOut
    from_plan_phase: str
    max_quantity: int | None = None
    validation_errors: list[ValidationErrorWire]


def addon_to_wire(addon: AddonVersion) -> AddonOut:
    """A version of an add-on as version 1 writes it; Invalid when only version 3 can."""
    row, terms = addon.row, addon.terms
    assert row.created_at is not None
    assert row.updated_at is not None
    return AddonOut(
        id=row.id,
        key=row.key,
        version=row.version,
        name=row.name,
        description=row.description,
        metadata=dict(row.labels) or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        instance_type=terms.instance_type,
        currency=row.currency,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        status=addon.status,
        rate_cards=[rate_card_to_wire(card) for card in terms.rate_cards],
        validation_errors=[issue_to_wire(issue) for issue in addon.issues],
    )


def offer_to_wire(offer: Offer) -> PlanAddonOut:
    """An add-on that a plan offers as version 1 writes it; Invalid when only version 3 can."""
    row, terms = offer.row, offer.terms
    assert row.created_at is not None
    assert row.updated_at is not None
    return PlanAddonOut(
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        metadata=dict(terms.labels) or None,
        addon=addon_to_wire(offer.addon),
        from_plan_phase=terms.from_phase,
        max_quantity=terms.max_quantity,
        validation_errors=[issue_to_wire(issue) for issue in offer.issues],
    )
