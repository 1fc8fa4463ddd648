"""The card that says by which billing profile a customer is billed, and the form that pins another."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.customers.billing_state import CustomerBillingState
from portal.session import allowed
from portal.theme import MUTED

SHOWN = CustomerBillingState.shown


def billing() -> rx.Component:
    """The profile, and what follows from it."""
    profile = rx.flex(
        ui.text_link(SHOWN.profile, SHOWN.profile_href),
        rx.text(
            rx.cond(SHOWN.is_pinned, "pinned to this customer", "the default of all customers"), size="1", color=MUTED
        ),
        direction="column",
        gap="1px",
    )
    facts = ui.definition_list(
        ("Billed by", profile),
        ("Invoices are drawn", _words(SHOWN.drawn)),
        ("Issued", _words(SHOWN.issued)),
        ("Paid", _words(SHOWN.paid)),
    )
    change = ui.button(
        "Change", size="1", on_click=CustomerBillingState.open_form, aria_label="Change the billing profile"
    )
    return rx.fragment(
        ui.card(
            rx.flex(
                rx.heading("Billing", as_="h2", size="3", weight="medium"),
                allowed(Permission.INVOICES, change),
                justify="between",
                align="center",
                margin_bottom="14px",
            ),
            ui.loaded(CustomerBillingState, facts, skeleton=ui.skeleton_lines(4)),
            custom_attrs={"data-testid": "billing"},
        ),
        _form(),
    )


def _form() -> rx.Component:
    return ui.drawer(
        ui.choice_field("Billing profile", "profile", CustomerBillingState.choices, default_value=SHOWN.profile_id),
        title="Billing profile",
        note="What is gathered for this customer is invoiced by it from now on; invoices that were drawn stay as they "
        "are.",
        is_open=CustomerBillingState.form_open,
        on_close=CustomerBillingState.close_form,
        on_submit=CustomerBillingState.save,
    )


def _words(text: Any) -> rx.Component:
    return rx.text(text, size="2", class_name="ml-sentence")
