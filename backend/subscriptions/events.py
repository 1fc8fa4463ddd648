"""What subscriptions announce to the slices above."""

from backend.infra import outbox
from backend.infra.context import Context
from backend.subscriptions.models import Subscription

CHANGED = "subscription.changed"


def announce_change(ctx: Context, subscription: Subscription) -> None:
    """Say that a subscription was made, changed or ended: its lines need to be reconciled."""
    outbox.announce(ctx, CHANGED, subscription_id=subscription.id)
