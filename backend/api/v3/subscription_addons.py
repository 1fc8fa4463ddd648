"""Add-ons of a subscription in version 3: buy one, and look at them with their quantities over time."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field, StrictInt

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.routes.billing_profiles import READY
from backend.api.v3.rate_cards import RateCardOut, Reference, rate_cards_to_wire
from backend.api.v3.subscriptions import SubscriptionId
from backend.api.v3.wire import (
    PREFIX,
    LabelMap,
    Paged,
    PagedQuery,
    Snake,
    SnakeInput,
    Sort,
    Ulid,
    labels_to_wire,
    read_sort,
)
from backend.api.wire import Instant, WireRoute
from backend.subscriptions import service
from backend.subscriptions.service import AddonPurchase, BoughtAddon, Moment
from backend.subscriptions.view import end_of

router = APIRouter(
    prefix=f"{PREFIX}/subscriptions/{{subscriptionId}}/addons",
    tags=["OpenMeter Subscriptions"],
    route_class=WireRoute,
)

BoughtId = Annotated[Ulid, Path(alias="subscriptionAddonId")]
ORDERS = ("id", "created_at", "updated_at")
MOST = 2**31 - 1


class SubscriptionAddonCreate(SnakeInput):
    """An add-on is bought so many times."""

    labels: LabelMap | None = None
    addon: Reference
    quantity: Annotated[StrictInt, Field(ge=1, le=MOST)]
    timing: Moment | Instant

    def from_wire(self) -> AddonPurchase:
        """What is bought."""
        return AddonPurchase(self.addon.id, self.quantity, self.timing, labels=self.labels or {})


class AddonReferenceOut(Snake):
    """The version of the add-on that was bought."""

    id: str


class TimelineSegment(Snake):
    """How often the add-on is had during a time."""

    active_from: Instant
    active_to: Instant | None = None
    quantity: int


class SubscriptionAddonRateCard(Snake):
    """A rate card of the add-on, and the items of the subscription that it lies over or makes."""

    rate_card: RateCardOut
    affected_subscription_item_ids: list[str]


class SubscriptionAddonOut(Snake):
    """An add-on of a subscription; `quantity` is that of `quantity_at`, which is now."""

    id: str
    labels: dict[str, str] | None = None
    created_at: Instant
    updated_at: Instant
    name: str
    description: str | None = None
    addon: AddonReferenceOut
    quantity: int
    quantity_at: Instant
    active_from: Instant
    active_to: Instant | None = None
    timeline: list[TimelineSegment]
    rate_cards: list[SubscriptionAddonRateCard]


@router.post("", operation_id="create-subscription-addon", status_code=201, dependencies=READY)
@checked_by(lambda ctx, body, path: service.check_addon(ctx, path["subscriptionId"], body.from_wire()))
def create_subscription_addon(
    ctx: Writing, subscription_id: SubscriptionId, body: SubscriptionAddonCreate
) -> SubscriptionAddonOut:
    """Buy an add-on that the plan offers, from a time on; once for each subscription."""
    return _to_wire(service.buy_addon(ctx, subscription_id, body.from_wire()))


@router.get("", operation_id="list-subscription-addons")
def list_subscription_addons(
    ctx: Reading,
    subscription_id: SubscriptionId,
    page: Annotated[PagedQuery, Query()],
    sort: str | None = None,
) -> Paged[SubscriptionAddonOut]:
    """The add-ons that were bought with a subscription, one page of them."""
    by = read_sort(sort, ORDERS, Sort("created_at", descending=False))
    found = service.addons_of(ctx, subscription_id)
    found.sort(key=lambda bought: (getattr(bought.row, by.field), bought.row.id), reverse=by.descending)
    shown = found[page.offset : page.offset + page.size]
    return page.of([_to_wire(bought) for bought in shown], len(found))


@router.get("/{subscriptionAddonId}", operation_id="get-subscription-addon")
def get_subscription_addon(ctx: Reading, subscription_id: SubscriptionId, bought_id: BoughtId) -> SubscriptionAddonOut:
    """One of them, with its quantities over time and the items it changes."""
    return _to_wire(service.addon_of(ctx, subscription_id, bought_id))


def _to_wire(found: BoughtAddon) -> SubscriptionAddonOut:
    row, cards = found.row, found.addon.terms.rate_cards
    assert row.created_at is not None
    assert row.updated_at is not None
    return SubscriptionAddonOut(
        id=row.id,
        labels=labels_to_wire(row.labels),
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        description=row.description,
        addon=AddonReferenceOut(id=row.addon_id),
        quantity=found.quantity,
        quantity_at=found.at,
        active_from=found.timeline[0].lasting.start,
        active_to=end_of(found.timeline[-1].lasting),
        timeline=[
            TimelineSegment(active_from=one.lasting.start, active_to=end_of(one.lasting), quantity=one.quantity)
            for one in found.timeline
        ],
        rate_cards=[
            SubscriptionAddonRateCard(rate_card=written, affected_subscription_item_ids=found.affected[card.key])
            for card, written in zip(cards, rate_cards_to_wire(cards), strict=True)
        ],
    )
