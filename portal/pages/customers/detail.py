"""One customer: head, tabs, and the forms that open over them."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.customers.billing_state import CustomerBillingState
from portal.pages.customers.detail_state import CustomerState, CustomerUsageState
from portal.pages.customers.entitlements.state import EntitlementsState
from portal.pages.customers.entitlements.tab import entitlements_tab
from portal.pages.customers.fields import customer_fields
from portal.pages.customers.invoices_tab import CustomerInvoicesState, invoices_tab
from portal.pages.customers.logins import invite_form, password_once
from portal.pages.customers.logins_state import LoginsState
from portal.pages.customers.overview import overview
from portal.pages.customers.subscription_state import SubscriptionState
from portal.pages.customers.subscription_tab import subscription_tab
from portal.pages.customers.usage_part import usage_bars, usage_over_time
from portal.session import allowed

SHOWN = CustomerState.shown


@staff_page(
    "/customers/[customer_id]",
    title="Customer",
    on_load=[
        CustomerState.enter,
        CustomerState.load,
        LoginsState.load,
        CustomerBillingState.load,
        CustomerUsageState.load,
        EntitlementsState.enter,
        EntitlementsState.load,
        SubscriptionState.enter,
        SubscriptionState.load,
        CustomerInvoicesState.load,
    ],
)
def customer() -> rx.Component:
    """Each tab has a state of its own, which loads only when the tab is open."""
    return rx.fragment(
        ui.page_header(
            rx.cond(SHOWN.name != "", SHOWN.name, "Customer"),
            crumbs=[("Customers", "/customers")],
            copy_id=CustomerState.customer_id,
            status=rx.cond(SHOWN.plan != "", rx.badge(SHOWN.plan, variant="soft", radius="full"), rx.fragment()),
            actions=[allowed(Permission.CUSTOMERS, ui.button("Edit", icon="pencil", on_click=CustomerState.edit))],
        ),
        ui.tabs(
            CustomerState.tab,
            ui.Tab("overview", "Overview", ui.loaded(CustomerState, overview())),
            ui.Tab("usage", "Usage", ui.loaded(CustomerUsageState, _usage())),
            ui.Tab("entitlements", "Entitlements", ui.loaded(EntitlementsState, entitlements_tab())),
            ui.Tab("subscription", "Subscription", ui.loaded(SubscriptionState, subscription_tab())),
            ui.Tab("invoices", "Invoices", invoices_tab()),
        ),
        _edit_form(),
        invite_form(),
        password_once(),
    )


def _usage() -> rx.Component:
    return rx.flex(
        ui.section("This period", ui.card(usage_bars(CustomerUsageState.bars))),
        ui.section("Over time", usage_over_time(CustomerUsageState)),
        direction="column",
        gap="26px",
    )


def _edit_form() -> rx.Component:
    return ui.drawer(
        *customer_fields(CustomerState.form, CustomerState.problems),
        title="Edit customer",
        note="A changed name or address is on every invoice drawn from now on.",
        is_open=CustomerState.form_open,
        on_close=CustomerState.close_form,
        on_submit=CustomerState.save,
    )
