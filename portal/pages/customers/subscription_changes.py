"""The changes of a subscription that one may ask for: another plan, a newer version, its end, going on after all."""

from dataclasses import dataclass
from enum import StrEnum

from backend.errors import Invalid, NotFound
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import Migration, Moment, PlanChange


class Kind(StrEnum):
    """What is asked for."""

    PLAN = "plan"
    VERSION = "version"
    END = "end"
    GO_ON = "go_on"


@dataclass(frozen=True)
class Words:
    """What the form of a change says."""

    title: str
    note: str
    confirm: str
    done: str


WORDS = {
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


def make(ctx: Context, row: Subscription, kind: Kind, plan_key: str, moment: Moment) -> None:
    """Make the change; raises what the use case raises."""
    if kind is Kind.PLAN:
        subscriptions.change(ctx, row.id, PlanChange(plan_key=plan_key, timing=moment))
    elif kind is Kind.VERSION:
        subscriptions.migrate(ctx, row.id, Migration(timing=moment))
    elif kind is Kind.END:
        subscriptions.cancel(ctx, row.id, moment)
    else:
        subscriptions.restore(ctx, row.id)
