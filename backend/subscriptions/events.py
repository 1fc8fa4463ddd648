"""What subscriptions announce to the slices above, and to those outside."""

from backend.infra import outbox
from backend.infra.context import Context
from backend.subscriptions.models import Subscription

CREATED = "subscription.created"
UPDATED = "subscription.updated"
CANCELLED = "subscription.cancelled"
CONTINUED = "subscription.continued"
DELETED = "subscription.deleted"
CHANGED = "subscription.changed"
"""Nothing about the subscription is different, but what is billed of it has to be looked at again."""

RECONCILED = (CREATED, UPDATED, CANCELLED, CONTINUED, DELETED, CHANGED)
"""After any of these its lines need to be reconciled."""


def announce_change(ctx: Context, kind: str, subscription: Subscription) -> None:
    """Say what became of a subscription, by OpenMeter's names; `body` is the event with the subscription in it."""
    outbox.announce_with(ctx, kind, subscription, subscription_id=subscription.id)
