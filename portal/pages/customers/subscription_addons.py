"""Add-ons of a subscription as text: how many of each there are, what is scheduled, and what can be bought."""

from dataclasses import dataclass
from datetime import datetime

from backend.catalog.addon_rows import Offer
from backend.catalog.models import InstanceType
from backend.engine.period import FOREVER
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import BoughtAddon
from portal.formatting import instant


@dataclass(frozen=True)
class BoughtRow:
    """An add-on: how many of it there are now, and what is scheduled. `is_single`: it is had once or not at all."""

    id: str
    name: str
    quantity: str
    told: str
    ahead: list[str]
    is_single: bool
    is_had: bool


def bought_rows(ctx: Context, row: Subscription) -> list[BoughtRow]:
    """The add-ons of a subscription, in the order in which they were bought."""
    return [_row(ctx, found, row.active_to) for found in subscriptions.addons_of(ctx, row.id)]


def addon_choices(ctx: Context, row: Subscription) -> list[list[str]]:
    """The add-ons that can be bought now: id and words."""
    return [[offer.addon.row.id, _words(offer)] for offer in subscriptions.offered_addons(ctx, row)]


def _row(ctx: Context, found: BoughtAddon, ends: datetime | None) -> BoughtRow:
    """What is scheduled for the end of the subscription or later no longer comes."""
    ahead = [one for one in found.timeline if ctx.now < one.lasting.start < (ends or FOREVER)]
    return BoughtRow(
        id=found.row.id,
        name=found.row.name,
        quantity=str(found.quantity),
        told=_amount(found.quantity).capitalize() if found.quantity else "Not in force now",
        ahead=[f"From {instant(one.lasting.start)}: {_amount(one.quantity)}" for one in ahead],
        is_single=found.addon.terms.instance_type is InstanceType.SINGLE,
        is_had=found.quantity > 0 or any(one.quantity > 0 for one in ahead),
    )


def _amount(quantity: int) -> str:
    return f"quantity {quantity:,}" if quantity else "none"


def _words(offer: Offer) -> str:
    name = offer.terms.name or offer.addon.terms.name
    if offer.addon.terms.instance_type is InstanceType.SINGLE:
        return f"{name}, once"
    most = offer.terms.max_quantity
    return name if most is None else f"{name}, at most {most:,} times"
