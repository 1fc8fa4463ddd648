"""By which billing profile one customer is billed, and the form that pins another one."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from backend import bootstrap
from backend.access.roles import Permission
from backend.customers.models import Customer
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.workflow import from_document
from portal import boundary
from portal.billing_words import drawn, issued, paid
from portal.page_state import Loaded, last_in_path
from portal.pages.customers.detail_state import of_customer


@dataclass(frozen=True)
class Billing:
    """How a customer is billed, as text."""

    profile_id: str = ""
    profile: str = ""
    profile_href: str = ""
    is_pinned: bool = False
    drawn: str = ""
    issued: str = ""
    paid: str = ""


class CustomerBillingState(Loaded, rx.State):
    """What the card of a customer's billing shows and does."""

    shown: Billing = Billing()
    choices: list[list[str]] = []
    form_open: bool = False

    async def _fetch(self) -> None:
        self.form_open = False
        await boundary.perform(self, lambda who: bootstrap.ensure_billing(who.namespace), need=Permission.VIEW)
        self.shown, self.choices = await of_customer(self, _billing)

    @rx.event
    async def open_form(self):
        """Show the profiles to choose from."""
        self.form_open = True

    @rx.event
    async def close_form(self):
        """Close the form without a change."""
        self.form_open = False

    @rx.event
    @boundary.command
    async def save(self, typed: dict[str, Any]):
        """Pin the customer to a profile, or let it follow the default one again."""
        customer_id, chosen = last_in_path(self), str(typed.get("profile") or "")
        await boundary.change(self, lambda ctx: _choose(ctx, customer_id, chosen), need=Permission.INVOICES)
        self.form_open = False
        return [rx.toast.success("Billed by it from now on"), CustomerBillingState.load]


def _choose(ctx: Context, customer_id: str, profile_id: str) -> None:
    if profile_id:
        invoicing.pin(ctx, customer_id, profile_id)
    elif invoicing.billing_of(ctx, customer_id).override is not None:
        invoicing.unpin(ctx, customer_id)


def _billing(ctx: Context, customer: Customer) -> tuple[Billing, list[list[str]]]:
    found = invoicing.billing_of(ctx, customer.id, deleted=True)
    profile, workflow = found.profile, from_document(found.profile.workflow)
    is_pinned = found.override is not None and found.override.profile_id == profile.id
    shown = Billing(
        profile_id=profile.id if is_pinned else "",
        profile=profile.name,
        profile_href=f"/settings/billing-profiles/{profile.id}",
        is_pinned=is_pinned,
        drawn=drawn(workflow),
        issued=issued(workflow),
        paid=paid(workflow, invoicing.get_app(ctx, profile.payment_app_id).name),
    )
    default = invoicing.default_profile(ctx).name
    pinned = [[row.id, f"Always {row.name}"] for row in invoicing.list_profiles(ctx)]
    return shown, [["", f"The default one, now {default}"], *pinned]
