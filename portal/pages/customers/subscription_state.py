"""The subscriptions of one customer: the one that runs, those before and after, and what can be done with them."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx

from backend.access.roles import Permission
from backend.errors import DomainError, Unauthenticated
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import Moment, SubscriptionInput
from portal import boundary
from portal.page_state import Loaded, asked, last_in_path
from portal.pages.customers.detail_state import CustomerState, of_customer
from portal.pages.customers.subscription_changes import owned
from portal.pages.customers.subscription_rows import SubscriptionRow, plans_on_sale, subscription_rows


class SubscriptionState(Loaded, rx.State):
    """What the tab of a customer's subscriptions shows and does."""

    rows: list[SubscriptionRow] = []
    has_current: bool = False
    plan_choices: list[list[str]] = []
    form_open: bool = False
    problem_at_start: str = ""
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
    async def open_form(self):
        """Show the plans that are on sale."""
        self.plan_choices = await boundary.read(self, plans_on_sale)
        self.problem_at_start, self.form_open = "", True

    @rx.event
    async def close_form(self):
        """Close the form without starting anything."""
        self.form_open = False

    @rx.event
    @boundary.command
    async def start(self, typed: dict[str, Any]):
        """Start a subscription now or at a time; what is wrong is said in the form."""
        customer_id = last_in_path(self)
        try:
            wanted = SubscriptionInput(
                customer=customer_id, plan_key=str(typed.get("plan") or ""), timing=_timing(typed.get("start"))
            )
            await boundary.change(self, lambda ctx: subscriptions.create(ctx, wanted), need=Permission.CUSTOMERS)
        except Unauthenticated:
            raise
        except (DomainError, ValueError) as error:
            self.problem_at_start = boundary.wording(error) if isinstance(error, DomainError) else "This is not a time."
            return None
        self.form_open = False
        return [rx.toast.success("The subscription is started"), SubscriptionState.load, CustomerState.load]

    @rx.event
    @boundary.command
    async def remove(self, subscription_id: str):
        """Remove a subscription that has not started."""
        customer_id = last_in_path(self)

        def remove(ctx: Context) -> None:
            subscriptions.delete(ctx, owned(ctx, subscription_id, customer_id).id)

        await boundary.change(self, remove, need=Permission.CUSTOMERS)
        return [rx.toast.success("The subscription is removed"), SubscriptionState.load, CustomerState.load]


def _timing(typed: object) -> Moment | datetime:
    """Empty is at once; else a day and time in UTC. Raises ValueError for anything that is no time."""
    text = str(typed or "").strip()
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else Moment.IMMEDIATE
