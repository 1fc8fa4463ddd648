"""What a subscription is made from: a plan on sale, a later version of the present plan, or a plan for one customer."""

from dataclasses import dataclass, replace

from backend.catalog.models import Plan
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import plans
from backend.catalog.service.card_features import with_features
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PlanInput, PlanTerms, RateCardTerms
from backend.engine.recurrence import Duration
from backend.engine.subscribe.status import PlanStatus
from backend.errors import Invalid, Issue, NotFound
from backend.infra.context import Context
from backend.subscriptions.models import Subscription
from backend.subscriptions.terms import CustomPlan, PlanChange, SubscriptionInput

PUBLISHED = (PlanStatus.ACTIVE, PlanStatus.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Offer:
    """The terms to copy; without a plan they were agreed upon with one customer alone."""

    currency: str
    terms: PlanTerms
    plan: Plan | None = None

    @property
    def title(self) -> str:
        """What messages call it."""
        return "The custom plan" if self.plan is None else f"Plan {self.plan.key}"

    @property
    def cards(self) -> tuple[RateCardTerms, ...]:
        """The rate cards of all phases."""
        return tuple(card for phase in self.terms.phases for card in phase.rate_cards)

    @property
    def cadences(self) -> set[Duration]:
        """How often something is charged or a quota begins anew."""
        charged = {card.billing_cadence for card in self.cards}
        quotas = {card.entitlement.usage_period for card in self.cards if isinstance(card.entitlement, MeteredTemplate)}
        return {cadence for cadence in charged | quotas if cadence is not None}


def on_sale(ctx: Context, key: str | None, version: int | None, custom: CustomPlan | None) -> Offer:
    """A plan on sale or a custom plan: exactly one of them. Raises NotFound, Invalid (archived, draft, terms)."""
    if (key is None) == (custom is None):
        message = "Say what is bought: a plan or a custom plan."
        raise Invalid(message, issues=[Issue("plan", "plan_missing", message)])
    if custom is not None:
        return _custom(ctx, custom)
    plan = plans.get(ctx, key or "", version)
    if plan.status is not PlanStatus.ACTIVE:
        message = f"Version {plan.row.version} of plan {plan.row.key} is {plan.status}, not on sale."
        raise Invalid(message, issues=[Issue("plan", "plan_not_on_sale", message)])
    return _of_version(plan)


def wanted_offer(ctx: Context, wanted: SubscriptionInput | PlanChange) -> tuple[Offer | None, list[Issue]]:
    """What `on_sale` finds of a request, or what it refuses in it. Raises NotFound."""
    try:
        return on_sale(ctx, wanted.plan_key, wanted.plan_version, wanted.custom_plan), []
    except Invalid as refused:
        return None, list(refused.issues)


def later_version(ctx: Context, subscription: Subscription, version: int | None) -> Offer:
    """A higher version of the plan that a subscription was made from, on sale or archived; by default the latest.

    Raises Invalid (no plan, not higher, never published), NotFound. Source: billing spec 3.6.
    """
    if subscription.plan_key is None or subscription.plan_version is None:
        raise _not_migratable("The subscription was not made from a plan: there is no version to migrate to.")
    published = [plan for plan in _published(ctx, subscription.plan_key) if version in (None, plan.version)]
    if not published:
        raise NotFound(f"Plan {subscription.plan_key} has no such version that was published.")
    target = max(published, key=lambda plan: plan.version)
    if target.version <= subscription.plan_version:
        raise _not_migratable(
            f"Version {subscription.plan_version} is not older: a subscription only migrates forward."
        )
    return _of_version(plans.get(ctx, target.id))


def newer_version(ctx: Context, subscription: Subscription) -> int | None:
    """The version that the subscription migrates to unless another is named; None when there is none."""
    if subscription.plan_key is None or subscription.plan_version is None:
        return None
    newest = max((plan.version for plan in _published(ctx, subscription.plan_key)), default=0)
    return newest if newest > subscription.plan_version else None


def _published(ctx: Context, key: str) -> list[Plan]:
    return [plan for plan, status in plans.versions(ctx, [key]).get(key, []) if status in PUBLISHED]


def _custom(ctx: Context, custom: CustomPlan) -> Offer:
    found = plans.check(ctx, PlanInput("custom", custom.currency, custom.terms))
    if found:
        issues = [replace(issue, field=f"customPlan.{issue.field}") for issue in found]
        raise Invalid("The custom plan is not valid.", issues=issues)
    phases = tuple(replace(phase, rate_cards=with_features(ctx, phase.rate_cards)) for phase in custom.terms.phases)
    return Offer(custom.currency, replace(custom.terms, phases=phases))


def _of_version(plan: PlanVersion) -> Offer:
    return Offer(plan.row.currency, plan.terms, plan.row)


def _not_migratable(message: str) -> Invalid:
    return Invalid(message, issues=[Issue("targetVersion", "target_version_invalid", message)])
