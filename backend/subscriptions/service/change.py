"""An upgrade, a downgrade or a migration: one subscription ends and the next begins at the same instant."""

from collections.abc import Iterator

from backend.customers import service as customers
from backend.engine.subscribe.status import SubscriptionStatus
from backend.errors import Forbidden, Issue, refuse
from backend.infra.context import Context
from backend.subscriptions import repository
from backend.subscriptions.events import CANCELLED, announce_change
from backend.subscriptions.models import Subscription
from backend.subscriptions.service.addon_change import carry_over
from backend.subscriptions.service.cancel import delete, end, end_issues, unschedule_cancelation
from backend.subscriptions.service.create import begin, beginning_issues
from backend.subscriptions.service.offer import Offer, later_version, on_sale, wanted_offer
from backend.subscriptions.service.read import get, lock, status_of
from backend.subscriptions.terms import Migration, Moment, PlanChange, SubscriptionInput, Timing


def change(ctx: Context, subscription_id: str, wanted: PlanChange) -> tuple[Subscription, Subscription]:
    """End an active subscription as `cancel` does and start the next one at that instant; both or neither.

    The billing anchor goes on unless another one is given, and so do the add-ons that the next plan offers; what does
    not come along is told by `left_behind`. Returns the ended and the new one, which name each other.
    Raises what `cancel` and `create` raise. Source: billing spec 3.6.
    """
    lock(ctx, subscription_id)
    refuse(check_change(ctx, subscription_id, wanted))
    return _follow(ctx, subscription_id, wanted, on_sale(ctx, wanted.plan_key, wanted.plan_version, wanted.custom_plan))


def check_change(ctx: Context, subscription_id: str, wanted: PlanChange) -> list[Issue]:
    """Everything that is wrong with a change of plans; nothing is saved.

    Raises NotFound (subscription, plan, customer), Forbidden (not active).
    """
    subscription = get(ctx, subscription_id)
    issues = list(end_issues(ctx, subscription, wanted.timing))
    offer, faults = wanted_offer(ctx, wanted)
    if wanted.customer is not None:
        issues += _customer_issues(ctx, subscription, wanted.customer)
    following = _following(subscription, wanted, Moment.IMMEDIATE)
    customer = customers.get(ctx, subscription.customer_id)
    return [*issues, *faults, *beginning_issues(ctx, following, offer, customer)]


def migrate(ctx: Context, subscription_id: str, wanted: Migration) -> tuple[Subscription, Subscription]:
    """Change to a higher version of the same plan, on sale or archived; name and labels go on.

    Raises NotFound, Forbidden (not active), Invalid (no higher version). Source: billing spec 3.6.
    """
    present = lock(ctx, subscription_id)
    offer = later_version(ctx, present, wanted.target_version)
    following = PlanChange(
        timing=wanted.timing,
        name=present.name,
        description=present.description,
        billing_anchor=wanted.billing_anchor,
        starting_phase=wanted.starting_phase,
        labels=present.labels,
    )
    return _follow(ctx, subscription_id, following, offer)


def restore(ctx: Context, subscription_id: str) -> Subscription:
    """Let a canceled subscription go on, and delete what was to follow it.

    Raises NotFound, Forbidden (not canceled). Source: billing spec 3.6.
    """
    subscription = lock(ctx, subscription_id)
    if status_of(ctx, subscription) is not SubscriptionStatus.CANCELED:
        raise Forbidden(f"The subscription is {status_of(ctx, subscription)}: only a canceled one can be restored.")
    for other in repository.of_customer(ctx, subscription.customer_id):
        if status_of(ctx, other) is SubscriptionStatus.SCHEDULED:
            delete(ctx, other.id)
    ctx.session.flush()
    return unschedule_cancelation(ctx, subscription_id)


def _follow(ctx: Context, subscription_id: str, wanted: PlanChange, offer: Offer) -> tuple[Subscription, Subscription]:
    ended = lock(ctx, subscription_id)
    refuse(end_issues(ctx, ended, wanted.timing))
    end(ctx, ended, wanted.timing)
    following = begin(ctx, _following(ended, wanted, ended.active_to or ctx.now), offer, ended)
    ended.superseding_id = following.id
    carry_over(ctx, ended, following)
    announce_change(ctx, CANCELLED, ended)
    return ended, following


def _following(present: Subscription, wanted: PlanChange, timing: Timing) -> SubscriptionInput:
    """The subscription that is to follow the present one."""
    return SubscriptionInput(
        customer=present.customer_id,
        timing=timing,
        name=wanted.name,
        description=wanted.description,
        billing_anchor=wanted.billing_anchor,
        starting_phase=wanted.starting_phase,
        settlement_mode=wanted.settlement_mode,
        labels=wanted.labels,
    )


def _customer_issues(ctx: Context, subscription: Subscription, id_or_key: str) -> Iterator[Issue]:
    if not id_or_key:
        yield Issue("customerId", "customer_missing", "Say whose subscription this is, by id or key.")
    elif customers.get(ctx, id_or_key).id != subscription.customer_id:
        yield Issue("customerId", "customer_mismatch", "The subscription is another customer's.")
