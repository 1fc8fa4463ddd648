"""Entitlements as text: what each allows now, where it comes from, and what can be done with it."""

from dataclasses import dataclass

from backend.catalog.models import Feature
from backend.catalog.service import features
from backend.customers.models import Customer
from backend.engine.entitle import EntitlementValue
from backend.engine.exact import ZERO, total
from backend.engine.recurrence import Duration
from backend.entitlements import service as entitlements
from backend.entitlements.models import Entitlement, EntitlementKind
from backend.infra.context import Context
from portal.formatting import compact, instant, quantity
from portal.price_words import every
from portal.usage_words import outlook, percent_of

NAMES = {
    EntitlementKind.METERED: "quota",
    EntitlementKind.STATIC: "setting",
    EntitlementKind.BOOLEAN: "access",
}


@dataclass(frozen=True)
class EntitlementRow:
    """One entitlement; only a quota has a bar, a period and grants."""

    id: str
    name: str
    kind: str
    is_quota: bool
    percent: int
    words: str
    exact: str
    is_soft: bool
    limit: str
    resets: str
    outlook: str
    origin: str
    origin_href: str
    can_delete: bool


def entitlement_rows(ctx: Context, customer: Customer) -> list[EntitlementRow]:
    """What the customer is entitled to now; quotas first, then by name."""
    found = entitlements.details(ctx, entitlements.active(ctx, customer))
    known = features.by_id(ctx, [detail.row.feature_id for detail in found])
    rows = []
    for detail in found:
        value = entitlements.value_of(ctx, customer, detail.row, ctx.now)
        rows.append(_row(ctx, detail, known[detail.row.feature_id], value))
    return sorted(rows, key=lambda row: (not row.is_quota, row.name.lower()))


def _row(
    ctx: Context, detail: entitlements.EntitlementDetail, feature: Feature, value: EntitlementValue
) -> EntitlementRow:
    row, rhythm = detail.row, detail.rhythm
    used, included = value.usage or ZERO, value.total_available or ZERO
    is_quota = row.kind == EntitlementKind.METERED
    return EntitlementRow(
        id=row.id,
        name=feature.name,
        kind=NAMES[EntitlementKind(row.kind)],
        is_quota=is_quota,
        percent=percent_of(total((used, value.reserved)), included) if is_quota else 0,
        words=_words(row, value),
        exact=f"{quantity(used)} used, {quantity(value.reserved)} reserved, {quantity(value.balance)} left"
        if is_quota
        else "",
        is_soft=row.is_soft_limit,
        limit=_limit(row) if is_quota else "",
        resets=f"Starts anew {every(rhythm.recurrence.interval)}, next on {instant(rhythm.current.end)}."
        if is_quota and rhythm is not None
        else "",
        outlook=outlook(ctx, feature, value, rhythm.current) if is_quota and rhythm is not None else "",
        origin="From the subscription." if row.subscription_id else "Granted by hand.",
        origin_href="?tab=subscription" if row.subscription_id else "",
        can_delete=row.subscription_id is None,
    )


def _words(row: Entitlement, value: EntitlementValue) -> str:
    if row.kind == EntitlementKind.STATIC:
        return row.config or "{}"
    if row.kind == EntitlementKind.BOOLEAN:
        return "May use it"
    parts = [f"{compact(value.usage)} used of {compact(value.total_available)}"]
    if value.reserved > 0:
        parts.append(f"{compact(value.reserved)} reserved")
    parts.append(f"{compact(value.overage)} over" if value.overage else f"{compact(value.balance)} left")
    return ", ".join(parts)


def _limit(row: Entitlement) -> str:
    return "Soft limit: usage goes on beyond it." if row.is_soft_limit else "Hard limit: nothing goes beyond it."


PERIODS = [
    ("P1M", "Every month"),
    ("P1D", "Every day"),
    ("P1W", "Every week"),
    ("P1Y", "Every year"),
    ("PT1H", "Every hour"),
]
"""How often a quota may start anew in the form, the usual one first."""


def period_of(text: object) -> Duration | None:
    """The usage period that was chosen; None for what the form does not offer."""
    return Duration.parse(str(text)) if str(text) in dict(PERIODS) else None
