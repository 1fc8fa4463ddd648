"""The changes that one may ask for: a first plan, another one, a newer version, add-ons, an end, or no end."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from backend.errors import Invalid, NotFound
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import AddonChange, AddonPurchase, Migration, Moment, PlanChange, SubscriptionInput


class Kind(StrEnum):
    """What is asked for."""

    START = "start"
    PLAN = "plan"
    VERSION = "version"
    END = "end"
    GO_ON = "go_on"
    ADDON = "addon"
    QUANTITY = "quantity"
    NO_ADDON = "no_addon"


@dataclass(frozen=True)
class Words:
    """What the form of a change says."""

    title: str
    note: str
    confirm: str
    done: str


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the plan, of a start also when; of an add-on its id or the purchase's, and how many of it."""

    kind: Kind
    moment: Moment
    plan: str = ""
    addon: str = ""
    quantity: str = ""
    start: str = ""


WORDS = {
    Kind.START: Words(
        "Start a subscription",
        "The customer buys the version that is on sale now. What is paid in advance is due as soon as it starts.",
        "Start",
        "The subscription is started",
    ),
    Kind.PLAN: Words(
        "Change the plan",
        "The present subscription ends, and one of the other plan starts at that moment.",
        "Change the plan",
        "The plan is changed",
    ),
    Kind.VERSION: Words(
        "Move to the newer version",
        "The present subscription ends, and one of the newest version of its plan starts at that moment.",
        "Move to the newer version",
        "The subscription moves to the newer version",
    ),
    Kind.END: Words(
        "Cancel the subscription",
        "What is included stays until the end. Usage up to then, and the part of the period that has passed, are "
        "billed. An end at once cannot be undone.",
        "Cancel the subscription",
        "The subscription is canceled",
    ),
    Kind.GO_ON: Words(
        "Take the cancellation back",
        "The subscription goes on as if it had not been canceled. A subscription that was to follow it is removed.",
        "Take the cancellation back",
        "The subscription goes on",
    ),
    Kind.ADDON: Words(
        "Add an add-on",
        "What it charges and includes is added to the plan, as often as it is bought.",
        "Add the add-on",
        "The add-on is added",
    ),
    Kind.QUANTITY: Words(
        "Change the quantity",
        "What the add-on charges and includes grows or shrinks with it.",
        "Change the quantity",
        "The quantity is changed",
    ),
    Kind.NO_ADDON: Words(
        "Remove the add-on",
        "What it charges and includes ends. It can be added again by a new quantity.",
        "Remove the add-on",
        "The add-on is removed",
    ),
}


def kind_of(text: str) -> Kind:
    """The kind of that name; NotFound for anything else."""
    try:
        return Kind(text)
    except ValueError:
        raise NotFound("There is no such change of a subscription.") from None


def moment_of(text: str) -> Moment:
    """When it takes effect; Invalid for anything but the two moments."""
    try:
        return Moment(text)
    except ValueError:
        raise Invalid("Choose when it takes effect: now, or at the end of the billing period.") from None


def owned(ctx: Context, subscription_id: str, customer_id: str) -> Subscription:
    """A subscription of this customer; NotFound for anybody else's."""
    row = subscriptions.get(ctx, subscription_id)
    if row.customer_id != customer_id:
        raise NotFound("This subscription is not the customer's.")
    return row


def start(ctx: Context, customer_id: str, wanted: Wanted) -> list[str]:
    """Let the customer buy a plan, now or at a day and time in UTC; raises what the use case raises."""
    try:
        timing = datetime.fromisoformat(wanted.start).replace(tzinfo=UTC) if wanted.start else Moment.IMMEDIATE
    except ValueError:
        raise Invalid("Choose a day and a time, or leave the start empty to start now.") from None
    subscriptions.create(ctx, SubscriptionInput(customer_id, wanted.plan, timing=timing))
    return []


def make(ctx: Context, row: Subscription, wanted: Wanted) -> list[str]:
    """Make the change; returns which add-ons do not come along to another plan. Raises what the use case raises."""
    moment = wanted.moment
    match wanted.kind:
        case Kind.PLAN:
            change = PlanChange(plan_key=wanted.plan, timing=moment)
            return _left_behind(ctx, *subscriptions.change(ctx, row.id, change))
        case Kind.VERSION:
            return _left_behind(ctx, *subscriptions.migrate(ctx, row.id, Migration(timing=moment)))
        case Kind.END:
            subscriptions.cancel(ctx, row.id, moment)
        case Kind.GO_ON:
            subscriptions.restore(ctx, row.id)
        case Kind.ADDON:
            subscriptions.buy_addon(ctx, row.id, AddonPurchase(wanted.addon, _number(wanted.quantity), moment))
        case Kind.QUANTITY:
            subscriptions.change_addon(ctx, row.id, wanted.addon, AddonChange(_number(wanted.quantity), moment))
        case Kind.NO_ADDON:
            _remove(ctx, row, wanted.addon, moment)
    return []


def _left_behind(ctx: Context, ended: Subscription, following: Subscription) -> list[str]:
    return [
        f"{left.name} ({left.quantity}) does not come along: {left.reason}"
        for left in subscriptions.left_behind(ctx, ended, following)
    ]


def _remove(ctx: Context, row: Subscription, bought_id: str, moment: Moment) -> None:
    """None of the add-on from then on, nor what was scheduled for later."""
    cycle = subscriptions.billing_period(ctx, row)
    found = subscriptions.change_addon(ctx, row.id, bought_id, AddonChange(0, moment))
    ends = ctx.now if cycle is None or moment is Moment.IMMEDIATE else cycle.end
    for later in found.timeline:
        if later.quantity and later.lasting.start > ends:
            subscriptions.change_addon(ctx, row.id, bought_id, AddonChange(0, later.lasting.start))


def _number(text: str) -> int:
    """A quantity as it is typed; Invalid for anything but a whole number that every database can keep."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("Type how many of the add-on there are to be, as a whole number.")
    return int(text)
