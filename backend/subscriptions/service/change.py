"""An upgrade or a downgrade: one subscription ends and the next begins at the same instant."""

from backend.infra.context import Context
from backend.subscriptions.models import Subscription
from backend.subscriptions.service.cancel import cancel
from backend.subscriptions.service.create import create
from backend.subscriptions.terms import PlanChange, SubscriptionInput


def change(ctx: Context, subscription_id: str, wanted: PlanChange) -> tuple[Subscription, Subscription]:
    """End an active subscription as `cancel` does and start the next one at that instant; both or neither.

    The billing anchor goes on unless another one is given. Returns the ended and the new one. Raises what `cancel`
    and `create` raise. Source: billing spec 3.6.
    """
    ended = cancel(ctx, subscription_id, wanted.timing)
    assert ended.active_to is not None
    following = create(
        ctx,
        SubscriptionInput(
            customer=ended.customer_id,
            plan_key=wanted.plan_key,
            plan_version=wanted.plan_version,
            timing=ended.active_to,
            name=wanted.name,
            description=wanted.description,
            billing_anchor=wanted.billing_anchor or ended.billing_anchor,
            starting_phase=wanted.starting_phase,
            settlement_mode=wanted.settlement_mode,
            labels=wanted.labels,
        ),
    )
    return ended, following
