"""What a customer sees first: plan, next charge, quotas, and what needs their attention."""

from dataclasses import dataclass

import reflex as rx

from backend.customers import service as customers
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import BILLED, StageFilter
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from portal import boundary
from portal.charge_words import Charge, charges
from portal.formatting import day
from portal.invoice_words import InvoiceRow, invoice_row
from portal.page_state import Loaded
from portal.pages.customers.subscription_rows import coming
from portal.pages.my.plan_state import description
from portal.payment_words import Trouble, troubles
from portal.usage_words import FeatureUsage, feature_usage, granted_features, warnings

LATEST = 3


@dataclass(frozen=True)
class Home:
    """Everything on the customer's first page, as text."""

    plan: str = ""
    plan_note: str = ""
    plan_until: str = ""
    coming: str = ""
    granted: tuple[str, ...] = ()
    charges: tuple[Charge, ...] = ()
    bars: tuple[FeatureUsage, ...] = ()
    alerts: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    invoices: tuple[InvoiceRow, ...] = ()


class MyOverviewState(Loaded, rx.State):
    """What the first page of a customer shows."""

    shown: Home = Home()

    async def _fetch(self) -> None:
        self.shown = await boundary.read_mine(self, _home)


def _home(ctx: Context, customer_id: str) -> Home:
    customer = customers.get(ctx, customer_id, deleted=True)
    running = subscriptions.current(ctx, [customer.id]).get(customer.id)
    bars = feature_usage(ctx, customer, running)
    return Home(
        plan=running.name if running else "",
        plan_note=description(ctx, running) if running else "",
        plan_until=_until(running) if running else "",
        coming="" if running else coming(ctx, customer.id),
        granted=tuple(granted_features(ctx, customer)),
        charges=tuple(charges(ctx, customer.id)),
        bars=tuple(bars),
        alerts=tuple(warnings(bars)),
        troubles=tuple(troubles(ctx, customer.id, "/my/invoices")),
        invoices=_invoices(ctx, customer.id),
    )


def _until(running: Subscription) -> str:
    if running.active_to is not None:
        return f"Ends on {day(running.active_to)}."
    return f"Since {day(running.active_from)}; renews by itself."


def _invoices(ctx: Context, customer_id: str) -> tuple[InvoiceRow, ...]:
    found, _ = invoicing.list_by_stage(ctx, StageFilter(BILLED, (customer_id,), limit=LATEST))
    return tuple(invoice_row(ctx, invoice, "/my/invoices") for invoice in found)
