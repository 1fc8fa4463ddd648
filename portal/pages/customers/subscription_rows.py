"""Subscriptions as text: when they run, their phases one after the other, and the items in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.catalog.filters import PlanFilter
from backend.catalog.service import plans
from backend.customers.models import Customer
from backend.engine.period import FOREVER
from backend.engine.recurrence import Duration
from backend.engine.subscribe.status import PlanStatus, SubscriptionStatus
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from backend.subscriptions.service import SubscriptionFilter
from backend.subscriptions.service.read import PhaseDetail
from portal.formatting import day, instant
from portal.pages.customers.subscription_addons import BoughtRow, bought_rows
from portal.pages.customers.subscription_ahead import ahead
from portal.pages.customers.subscription_drawing import Drawing, Stretch, drawn
from portal.price_words import every
from portal.sold_words import item_allowance, item_price, plan_title

MOST_PLANS, MOST_SUBSCRIPTIONS = 500, 100


@dataclass(frozen=True)
class ItemRow:
    """An item of a subscription: what it is, what it costs, how much is included, when it runs."""

    name: str
    price: str
    allowance: str
    lasts: str


@dataclass(frozen=True)
class PhaseRow:
    """A phase with its items; `is_now` marks the one that runs."""

    name: str
    lasts: str
    is_now: bool
    sold: list[ItemRow]


@dataclass(frozen=True)
class SubscriptionRow:
    """A subscription with its timeline; `newer` is the version it can move to, `ahead` is what is scheduled.

    `can_add` tells whether its plan offers an add-on that it does not have.
    """

    id: str
    name: str
    plan: str
    plan_href: str
    status: str
    lasts: str
    billing: str
    newer: str
    drawing: Drawing
    ahead: list[str]
    phases: list[PhaseRow]
    addons: list[BoughtRow]
    can_add: bool


def plans_on_sale(ctx: Context) -> list[list[str]]:
    """The plans that can be bought now: key and words."""
    found, _ = plans.list_plans(ctx, PlanFilter(statuses=(PlanStatus.ACTIVE.value,), order_by="name", limit=MOST_PLANS))
    return [
        [
            plan.row.key,
            f"{plan.terms.name}, version {plan.row.version}, {plan.row.currency} {every(plan.terms.billing_cadence)}",
        ]
        for plan in found
    ]


def subscription_rows(ctx: Context, customer: Customer) -> tuple[list[SubscriptionRow], bool]:
    """All subscriptions of a customer, the latest first, and whether one runs now."""
    found, _ = subscriptions.list_for_customer(
        ctx, customer.id, SubscriptionFilter(descending=True, limit=MOST_SUBSCRIPTIONS)
    )
    return [_row(ctx, row) for row in found], bool(subscriptions.current(ctx, [customer.id]))


def coming(ctx: Context, customer_id: str) -> str:
    """The subscription that is still to start, the next one: `Pro v2 starts on 1 Dec 2026`; empty without any."""
    wanted = SubscriptionFilter(statuses=(SubscriptionStatus.SCHEDULED,), limit=1)
    found, _ = subscriptions.list_for_customer(ctx, customer_id, wanted)
    return f"{plan_title(found[0])} starts on {day(found[0].active_from)}" if found else ""


def _row(ctx: Context, row: Subscription) -> SubscriptionRow:
    detail = subscriptions.detail(ctx, row)
    newer = subscriptions.newer_version(ctx, row) if detail.status is SubscriptionStatus.ACTIVE else None
    phases = [phase for phase in detail.phases if not phase.lasting.is_empty]
    return SubscriptionRow(
        id=row.id,
        name=row.name,
        plan=f"{row.plan_key}, version {row.plan_version}" if row.plan_id else "Custom plan",
        plan_href=f"/plans/{row.plan_id}" if row.plan_id else "",
        status="ended" if detail.status is SubscriptionStatus.INACTIVE else detail.status.value,
        lasts=_lasts(row.active_from, row.active_to, ctx.now),
        billing=f"Billed {every(Duration.parse(row.billing_cadence))} in {row.currency}",
        newer=f"version {newer}" if newer else "",
        drawing=_drawing(phases, row.currency, ctx.now),
        ahead=ahead(ctx, row, phases),
        addons=bought_rows(ctx, row),
        can_add=detail.status is SubscriptionStatus.ACTIVE and bool(subscriptions.offered_addons(ctx, row)),
        phases=[
            PhaseRow(
                name=phase.row.name,
                lasts=_lasts(phase.lasting.start, phase.lasting.end, ctx.now),
                is_now=ctx.now in phase.lasting,
                sold=[
                    ItemRow(
                        name=item.row.name,
                        price=item_price(item.row, row.currency),
                        allowance=item_allowance(item.row),
                        lasts=""
                        if item.lasting == phase.lasting
                        else _lasts(item.lasting.start, item.lasting.end, ctx.now),
                    )
                    for item in phase.items
                ],
            )
            for phase in phases
        ],
    )


def _drawing(phases: Sequence[PhaseDetail], currency: str, now: datetime) -> Drawing:
    return drawn(
        [Stretch("Phases", phase.row.name, phase.lasting) for phase in phases],
        [
            Stretch(item.row.name, item_price(item.row, currency), item.lasting)
            for phase in phases
            for item in phase.items
            if not item.lasting.is_empty
        ],
        now,
    )


def _lasts(start: datetime, end: datetime | None, now: datetime) -> str:
    if end not in (None, FOREVER):
        return f"{day(start)} to {instant(end)}"
    return f"{'from' if start > now else 'since'} {instant(start)}"
