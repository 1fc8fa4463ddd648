"""One customer: who they are, what they use, and what they will be charged next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import reflex as rx

from backend.access.roles import Permission
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.errors import Conflict, Invalid
from backend.infra.context import Context
from backend.invoicing.service.wording import address
from backend.subscriptions import service as subscriptions
from portal import boundary
from portal.charge_words import Charge, charges
from portal.formatting import NOTHING, day
from portal.page_state import Loaded, asked, last_in_path
from portal.pages.customers import form as forms
from portal.pages.customers.charting import UsageCharting
from portal.pages.customers.form import CustomerForm
from portal.pages.customers.subscription_rows import coming
from portal.payment_words import Trouble, troubles
from portal.sold_words import plan_title
from portal.usage_words import FeatureUsage, feature_usage, granted_features, warnings

T = TypeVar("T")
TABS = ("overview", "usage", "entitlements", "subscription", "invoices")


@dataclass(frozen=True)
class CustomerPage:
    """Everything the overview shows of a customer, as text."""

    id: str = ""
    name: str = ""
    key: str = ""
    plan: str = ""
    plan_href: str = ""
    plan_note: str = ""
    coming: str = ""
    email: str = ""
    address: str = ""
    subjects: str = ""
    currency: str = ""
    since: str = ""
    charges: tuple[Charge, ...] = ()
    bars: tuple[FeatureUsage, ...] = ()
    alerts: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    granted: tuple[str, ...] = ()


class CustomerState(Loaded, rx.State):
    """What the head and the overview of a customer's page show and do."""

    shown: CustomerPage = CustomerPage()
    tab: str = ""
    form: CustomerForm = CustomerForm()
    form_open: bool = False
    problems: dict[str, str] = {}

    @rx.event
    async def enter(self):
        """Forget the customer that was shown before, and take the tab from the address."""
        if self.shown.id != last_in_path(self):
            self.reset()
        self.form_open = False
        wanted = asked(self, "tab")
        self.tab = wanted if wanted in TABS else ""

    async def _fetch(self) -> None:
        self.shown = await of_customer(self, _page)

    @rx.event
    @boundary.command
    async def edit(self):
        """Show the form with what is known."""
        self.form = await of_customer(
            self, lambda ctx, found: forms.form_of(found, customers.subject_keys(ctx, [found])[found.id])
        )
        self.problems, self.form_open = {}, True

    @rx.event
    async def close_form(self):
        """Close the form without saving."""
        self.form_open = False

    @rx.event
    @boundary.command
    async def save(self, typed: dict[str, Any]):
        """Save the customer; what is wrong is said at its field."""
        form, customer_id = forms.read(typed), last_in_path(self)
        self.problems = forms.problems_of(form)
        if self.problems:
            return None

        def update(ctx: Context) -> None:
            before = customers.get(ctx, customer_id)
            customers.update(ctx, before.id, forms.wanted(form, before))

        try:
            await boundary.change(self, update, need=Permission.CUSTOMERS)
        except (Conflict, Invalid) as error:
            self.problems = forms.refused(error)
            return None
        self.form_open = False
        return [rx.toast.success("Saved"), CustomerState.load]


class CustomerUsageState(UsageCharting, rx.State):
    """What the tab of a customer's usage shows."""

    ADDRESSED_BY = ("tab",)

    async def _fetch(self) -> None:
        if asked(self, "tab") == "usage":
            await super()._fetch()

    async def _of_customer(self, use_case: Callable[[Context, Customer], T]) -> T:
        return await of_customer(self, use_case)


async def of_customer(state: rx.State, use_case: Callable[[Context, Customer], T]) -> T:
    """Run a use case that looks at the customer of this page, for a member of staff."""
    customer_id = last_in_path(state)
    return await boundary.read(state, lambda ctx: use_case(ctx, customers.get(ctx, customer_id, deleted=True)))


def _page(ctx: Context, customer: Customer) -> CustomerPage:
    running = subscriptions.current(ctx, [customer.id]).get(customer.id)
    bars = feature_usage(ctx, customer, running)
    return CustomerPage(
        id=customer.id,
        name=customer.name,
        key=customer.key or NOTHING,
        plan=plan_title(running) if running else "",
        plan_href=f"/plans/{running.plan_id}" if running and running.plan_id else "",
        plan_note=_runs(running.active_to) if running else "",
        coming="" if running else coming(ctx, customer.id),
        email=customer.primary_email or NOTHING,
        address=address(customer.billing_address or {}) or NOTHING,
        subjects=", ".join(customers.usage_subjects(ctx, customer)) or NOTHING,
        currency=customer.currency or "Decided by the first subscription",
        since=day(customer.created_at),
        charges=tuple(charges(ctx, customer.id)),
        bars=tuple(bars),
        alerts=tuple(warnings(bars)),
        troubles=tuple(troubles(ctx, customer.id, "/invoices")),
        granted=tuple(granted_features(ctx, customer)),
    )


def _runs(until: Any) -> str:
    return f"ends {day(until)}" if until else "renews by itself"
