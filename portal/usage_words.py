"""What a customer has used of each feature, what is included and what happens at the limit, as finished text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.engine.credit.run_out import run_out
from backend.engine.entitle import EntitlementValue
from backend.engine.exact import EXACT, ZERO, quotient, total
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.entitlements import service as entitlements
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.infra.context import Context
from backend.metering import service as metering
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription, SubscriptionItem
from portal.formatting import compact, day, instant, quantity
from portal.sold_words import item_price

NEARLY = 80
"""From so many percent on a quota deserves a word of warning."""
WEEK_LONG = timedelta(days=7)


@dataclass(frozen=True)
class FeatureUsage:
    """One feature: its bar, the words beside it, and what happens at its limit."""

    key: str
    name: str
    percent: int
    words: str
    exact: str
    resets: str
    runs_out: str
    limit: str
    price: str
    is_limited: bool
    is_soft: bool
    warning: str


@dataclass(frozen=True, slots=True)
class MeteredFeature:
    """A metered feature that a customer has: its quota if it has one, and how it was sold."""

    feature: Feature
    entitlement: Entitlement | None
    item: SubscriptionItem | None
    period: Period


def metered_features(ctx: Context, customer: Customer, running: Subscription | None) -> list[MeteredFeature]:
    """The features whose usage counts for a customer now: sold by the subscription, or granted beside it."""
    found: dict[str, MeteredFeature] = {}
    detail = subscriptions.detail(ctx, running) if running is not None else None
    for phase in detail.phases if detail is not None else ():
        for item in phase.items:
            metered = item.feature is not None and item.feature.meter_id is not None
            if metered and item.feature is not None and detail.billing_period and ctx.now in item.lasting:
                found[item.feature.key] = MeteredFeature(item.feature, None, item.row, detail.billing_period)
    granted = [row for row in entitlements.active(ctx, customer) if row.kind == EntitlementKind.METERED]
    known = features.by_id(ctx, [row.feature_id for row in granted])
    for row in granted:
        sold = found.get(row.feature_key)
        item = sold.item if sold is not None else None
        period = entitlements.usage_period(ctx, row, ctx.now)
        found[row.feature_key] = MeteredFeature(known[row.feature_id], row, item, period)
    return list(found.values())


def quotas(ctx: Context, customer: Customer, running: Subscription | None, most: int) -> list[FeatureUsage]:
    """The first quotas of a customer, for a list of many customers: nothing else is counted."""
    limited = [found for found in metered_features(ctx, customer, running) if found.entitlement is not None]
    return [_row(ctx, customer, running, found) for found in limited[:most]]


def feature_usage(ctx: Context, customer: Customer, running: Subscription | None) -> list[FeatureUsage]:
    """The bars of a customer; those with a quota first."""
    rows = [_row(ctx, customer, running, found) for found in metered_features(ctx, customer, running)]
    return sorted(rows, key=lambda row: not row.is_limited)


def granted_features(ctx: Context, customer: Customer) -> list[str]:
    """The names of features that a customer simply has, without any counting."""
    rows = [row for row in entitlements.active(ctx, customer) if row.kind != EntitlementKind.METERED]
    known = features.by_id(ctx, [row.feature_id for row in rows])
    return [known[row.feature_id].name for row in rows]


def warnings(rows: Sequence[FeatureUsage]) -> list[str]:
    """What a customer should be told now: quotas that are used up, or nearly."""
    return [row.warning for row in rows if row.warning]


def _row(ctx: Context, customer: Customer, running: Subscription | None, found: MeteredFeature) -> FeatureUsage:
    price = item_price(found.item, running.currency) if found.item is not None and running is not None else ""
    resets = day(found.period.end)
    row = found.entitlement
    if row is None:
        return _unlimited(found, _used(ctx, customer, found), price)
    value = entitlements.value_of(ctx, customer, row, ctx.now)
    used, included = value.usage or ZERO, value.total_available or ZERO
    held = value.reserved > 0
    share = percent_of(total((used, value.reserved)), included)
    priced = bool(price) and price != "Free"
    return FeatureUsage(
        key=found.feature.key,
        name=found.feature.name,
        percent=share,
        words=f"{compact(used)} of {compact(included)} used"
        + (f", {compact(value.reserved)} reserved" if held else ""),
        exact=f"{quantity(used)} of {quantity(included)}" + (f", {quantity(value.reserved)} reserved" if held else ""),
        resets=f"Starts again on {resets}.",
        runs_out=outlook(ctx, found.feature, value, found.period),
        limit=_limit(soft=row.is_soft_limit, priced=priced),
        price=price if priced else "",
        is_limited=True,
        is_soft=row.is_soft_limit,
        warning=_warning(found.feature.name, share, resets, soft=row.is_soft_limit),
    )


def _unlimited(found: MeteredFeature, used: Decimal, price: str) -> FeatureUsage:
    return FeatureUsage(
        key=found.feature.key,
        name=found.feature.name,
        percent=0,
        words=f"{compact(used)} used",
        exact=quantity(used),
        resets=f"Counted anew from {day(found.period.end)}.",
        runs_out="",
        limit="No limit.",
        price=price,
        is_limited=False,
        is_soft=False,
        warning="",
    )


def _used(ctx: Context, customer: Customer, found: MeteredFeature) -> Decimal:
    assert found.feature.meter_id is not None
    meter = metering.get_meter(ctx, found.feature.meter_id)
    subjects = customers.usage_subjects(ctx, customer)
    return metering.usage(ctx, meter, subjects, found.period, found.feature.meter_filters)


def outlook(ctx: Context, feature: Feature, value: EntitlementValue, period: Period) -> str:
    """The day on which a quota runs out if usage goes on as in this usage period; empty if it lasts.

    The level of a LATEST meter goes up and down, so it has no pace.
    """
    at = run_out(value.balance or ZERO, value.usage or ZERO, period, ctx.now)
    if at is None or feature.meter_id is None:
        return ""
    if metering.get_meter(ctx, feature.meter_id).aggregation == Aggregation.LATEST:
        return ""
    return f"At this pace it runs out on {instant(at) if period.length < WEEK_LONG else day(at)}."


def percent_of(used: Decimal, included: Decimal) -> int:
    """The share of a quota that is gone, in whole percent; all of an empty one."""
    if included <= 0:
        return 100
    return int(quotient(EXACT.multiply(used, Decimal(100)), included).to_integral_value())


def _limit(*, soft: bool, priced: bool) -> str:
    if not soft:
        return "At the limit, access stops until then."
    return "Beyond the limit, usage goes on and is charged." if priced else "Beyond the limit, usage goes on."


def _warning(name: str, share: int, resets: str, *, soft: bool) -> str:
    if share >= 100:
        rest = "what comes on top is charged" if soft else f"access has stopped until {resets}"
        return f"{name}: the included quota is used up; {rest}."
    return f"{name}: {share}% of the included quota is used; it starts again on {resets}." if share >= NEARLY else ""
