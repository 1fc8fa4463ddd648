"""The subscriptions of one customer: the one that runs, those before and after, and what can be done with them."""

import reflex as rx

from backend.access.roles import Permission
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from portal import boundary
from portal.page_state import Loaded, asked, last_in_path
from portal.pages.customers.detail_state import CustomerState, of_customer
from portal.pages.customers.subscription_changes import owned
from portal.pages.customers.subscription_rows import SubscriptionRow, subscription_rows


class SubscriptionState(Loaded, rx.State):
    """What the tab of a customer's subscriptions shows and does."""

    ADDRESSED_BY = ("tab",)

    rows: list[SubscriptionRow] = []
    has_current: bool = False
    shown_for: str = ""

    @rx.event
    async def enter(self):
        """Forget the customer that was shown before."""
        if self.shown_for != last_in_path(self):
            self.reset()
            self.shown_for = last_in_path(self)

    async def _fetch(self) -> None:
        if asked(self, "tab") == "subscription":
            self.rows, self.has_current = await of_customer(self, subscription_rows)

    @rx.event
    @boundary.command
    async def remove(self, subscription_id: str):
        """Remove a subscription that has not started."""
        customer_id = last_in_path(self)

        def remove(ctx: Context) -> None:
            subscriptions.delete(ctx, owned(ctx, subscription_id, customer_id).id)

        await boundary.change(self, remove, need=Permission.CUSTOMERS)
        return [rx.toast.success("The subscription is removed"), SubscriptionState.load, CustomerState.load]
