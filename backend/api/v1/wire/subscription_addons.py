"""How the add-ons of a subscription are written in version 1."""

from typing import Annotated

from pydantic import Field, StrictInt

from backend.api.v1.wire.rate_cards import Description, Name, RateCardWire, rate_card_to_wire
from backend.api.wire import Instant, Labels, Wire, WireInput
from backend.catalog.models import InstanceType
from backend.engine.subscribe.addons import Instance
from backend.subscriptions.service import AddonChange, AddonPurchase, BoughtAddon, Moment
from backend.subscriptions.view import end_of

Quantity = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]


class AddonChoiceWire(WireInput):
    """An add-on, by its id or by the key of the version on sale."""

    id: str


class SubscriptionAddonCreateWire(WireInput):
    """An add-on is bought so many times."""

    name: Name
    description: Description | None = None
    metadata: Labels | None = None
    quantity: Quantity
    timing: Moment | Instant
    addon: AddonChoiceWire

    def from_wire(self) -> AddonPurchase:
        """What is bought."""
        return AddonPurchase(
            self.addon.id, self.quantity, self.timing, self.name, self.description, self.metadata or {}
        )


class SubscriptionAddonUpdateWire(WireInput):
    """How often an add-on is had from a time on (0: not any more), or what it is called; all else stays."""

    name: Name | None = None
    description: Description | None = None
    metadata: Labels | None = None
    quantity: Quantity | None = None
    timing: Moment | Instant = Moment.IMMEDIATE

    def from_wire(self) -> AddonChange:
        """What is to be different."""
        return AddonChange(self.quantity, self.timing, self.name, self.description, self.metadata)


class AddonReferenceOut(Wire):
    """The version of the add-on that was bought."""

    id: str
    key: str
    version: int
    instance_type: InstanceType


class TimelineSegmentOut(Wire):
    """How often the add-on is had during a time."""

    active_from: Instant
    active_to: Instant | None = None
    quantity: int


class SubscriptionAddonRateCardOut(Wire):
    """A rate card of the add-on, and the items of the subscription that it lies over or makes."""

    rate_card: RateCardWire
    affected_subscription_item_ids: list[str]


class SubscriptionAddonOut(Wire):
    """An add-on of a subscription; `quantity` is that of `quantityAt`, which is now."""

    id: str
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    addon: AddonReferenceOut
    quantity_at: Instant
    quantity: int
    timeline: list[TimelineSegmentOut]
    subscription_id: str
    rate_cards: list[SubscriptionAddonRateCardOut]


def bought_to_wire(found: BoughtAddon) -> SubscriptionAddonOut:
    """An add-on of a subscription as version 1 writes it; Invalid when only version 3 can."""
    row, addon = found.row, found.addon
    assert row.created_at is not None
    assert row.updated_at is not None
    return SubscriptionAddonOut(
        id=row.id,
        name=row.name,
        description=row.description,
        metadata=dict(row.labels) or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        active_from=found.timeline[0].lasting.start,
        active_to=end_of(found.timeline[-1].lasting),
        addon=AddonReferenceOut(
            id=addon.row.id, key=addon.row.key, version=addon.row.version, instance_type=addon.terms.instance_type
        ),
        quantity_at=found.at,
        quantity=found.quantity,
        timeline=[_segment(instance) for instance in found.timeline],
        subscription_id=row.subscription_id,
        rate_cards=[
            SubscriptionAddonRateCardOut(
                rate_card=rate_card_to_wire(card), affected_subscription_item_ids=found.affected[card.key]
            )
            for card in addon.terms.rate_cards
        ],
    )


def _segment(instance: Instance) -> TimelineSegmentOut:
    return TimelineSegmentOut(
        active_from=instance.lasting.start, active_to=end_of(instance.lasting), quantity=instance.quantity
    )
