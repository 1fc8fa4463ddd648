"""Customers: their plan, what the present period has come to, how much of their quotas is used, how they pay."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.customers.fields import customer_fields
from portal.pages.customers.form import CustomerForm
from portal.pages.customers.state import CustomersState
from portal.session import allowed
from portal.theme import MUTED

TEACHES = (
    "A customer is whoever uses your product and pays for it. Its key, or its subjects, are the names that usage "
    "events carry; a subscription to a plan makes the usage billable."
)


@staff_page("/customers", title="Customers", on_load=[CustomersState.enter, CustomersState.load])
def customers() -> rx.Component:
    """The list, and the form in a drawer."""
    return rx.fragment(
        ui.page_header(
            "Customers",
            subtitle="Who uses the product, and what they owe for it.",
            actions=[_new("New customer")],
        ),
        ui.data_table(
            CustomersState,
            [
                ui.Column("Name", lambda row: ui.row_link(row.name, row.href, note=row.key), sort="name"),
                ui.Column("Plan", _plan, wide=True),
                ui.Column("Quotas", _quotas),
                ui.Column("Accrued", _accrued, end=True),
                ui.Column("Payment", _payment, wide=True),
            ],
            label="Customers",
            search="Search by name, key, e-mail or subject",
            export=True,
            empty=ui.empty_state("No customers yet", TEACHES, _new("Create the first customer"), icon="users"),
        ),
        _form(),
    )


def _new(label: str) -> rx.Component:
    return allowed(
        Permission.CUSTOMERS, ui.button(label, kind="primary", icon="plus", on_click=CustomersState.open_form)
    )


def _plan(row: Any) -> rx.Component:
    return rx.cond(row.plan_href != "", ui.text_link(row.plan, row.plan_href), rx.text(row.plan, size="2", color=MUTED))


def _quotas(row: Any) -> rx.Component:
    return rx.flex(
        rx.foreach(
            row.quotas, lambda quota: ui.thin_bar(quota.name, quota.percent, title=quota.exact, soft=quota.is_soft)
        ),
        direction="column",
        gap="5px",
        min_width="118px",
        max_width="210px",
    )


def _accrued(row: Any) -> rx.Component:
    return rx.cond(row.accrued_href != "", ui.money_text(row.accrued, row.accrued_href), ui.money_text(row.accrued))


def _payment(row: Any) -> rx.Component:
    known = rx.flex(
        ui.status_badge(row.payment),
        rx.text(row.payment_note, size="1", color=MUTED, class_name="ml-figures"),
        align="center",
        gap="8px",
    )
    return rx.cond(row.payment != "", known, rx.text("No invoices", size="1", color=MUTED))


def _form() -> rx.Component:
    return ui.drawer(
        *customer_fields(CustomerForm(), CustomersState.problems),
        title="New customer",
        note="Somebody who uses your product and pays for it.",
        is_open=CustomersState.form_open,
        on_close=CustomersState.close_form,
        on_submit=CustomersState.create,
        save="Create customer",
    )
