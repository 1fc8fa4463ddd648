"""The customer's plan: what they have and what it costs, what is used of it, what is charged next, what will change."""

from dataclasses import dataclass

import reflex as rx

from backend.catalog.service import plans
from backend.customers import service as customers
from backend.errors import DomainError, NotFound
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from portal import boundary
from portal.charge_words import Charge, charges
from portal.page_state import Loaded
from portal.pages.customers.subscription_rows import SubscriptionRow, subscription_rows
from portal.usage_words import FeatureUsage, feature_usage, granted_features


@dataclass(frozen=True)
class MyPlan:
    """Everything on the customer's page of their plan, as text."""

    subscriptions: tuple[SubscriptionRow, ...] = ()
    note: str = ""
    charges: tuple[Charge, ...] = ()
    bars: tuple[FeatureUsage, ...] = ()
    granted: tuple[str, ...] = ()
    seller: str = ""


class MyPlanState(Loaded, rx.State):
    """What the page of the customer's plan shows."""

    shown: MyPlan = MyPlan()

    async def _fetch(self) -> None:
        self.shown = await boundary.read_mine(self, _plan)


def _plan(ctx: Context, customer_id: str) -> MyPlan:
    customer = customers.get(ctx, customer_id, deleted=True)
    running = subscriptions.current(ctx, [customer.id]).get(customer.id)
    rows, _ = subscription_rows(ctx, customer)
    return MyPlan(
        subscriptions=tuple(row for row in rows if row.status != "ended"),
        note=description(ctx, running) if running else "",
        charges=tuple(charges(ctx, customer.id)),
        bars=tuple(feature_usage(ctx, customer, running)),
        granted=tuple(granted_features(ctx, customer)),
        seller=_seller(ctx, customer.id),
    )


def description(ctx: Context, running: Subscription) -> str:
    """What the plan says of itself; a version that was deleted says nothing, nor does a custom plan."""
    if running.plan_id is None:
        return ""
    try:
        return plans.get(ctx, running.plan_id).terms.description or ""
    except NotFound:
        return ""


def _seller(ctx: Context, customer_id: str) -> str:
    """Who sells to the customer: the name on their invoices."""
    try:
        supplier = invoicing.profile_of(ctx, customer_id).supplier
    except DomainError:
        return ""
    return str(supplier.get("name") or "")
