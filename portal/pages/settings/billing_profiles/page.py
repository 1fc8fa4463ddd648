"""Billing profiles: by which rules customers are invoiced, and which of them is the default."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.settings.billing_profiles.state import DEFAULT, DELETE, ProfilesState
from portal.session import allowed
from portal.theme import MUTED

TEACHES = (
    "A billing profile says who sells, when invoices are drawn and issued, and how they are paid. Each customer is "
    "billed by the default one, unless another is pinned on the customer's page."
)


@staff_page("/settings/billing-profiles", title="Billing profiles", on_load=ProfilesState.load)
def billing_profiles() -> rx.Component:
    """The list, the default first."""
    return rx.fragment(
        ui.page_header("Billing profiles", subtitle=TEACHES, actions=[_new()]),
        ui.data_table(
            ProfilesState,
            [
                ui.Column("Name", _name),
                ui.Column("Seller", lambda row: row.seller, wide=True),
                ui.Column("Invoices are drawn", lambda row: _words(row.drawn), wide=True),
                ui.Column("Issued", lambda row: _words(row.issued), wide=True),
                ui.Column("Paid", lambda row: _words(row.paid), wide=True),
                ui.Column("Bills", lambda row: ui.figure_text(row.billed), end=True),
            ],
            label="Billing profiles",
            search="Search by name or seller",
            menu=_menu,
            empty=ui.empty_state("No billing profiles yet", TEACHES, _new(), icon="landmark"),
        ),
        ui.confirm_when(
            ProfilesState.question.title != "",
            ProfilesState.keep,
            ProfilesState.question.title,
            ProfilesState.question.text,
            ProfilesState.question.action,
            ProfilesState.confirm,
            danger=False,
            possible=ProfilesState.question.possible,
        ),
    )


def _new() -> rx.Component:
    new = ui.link_button("New billing profile", "/settings/billing-profiles/new", kind="primary", icon="plus")
    return allowed(Permission.INVOICES, new)


def _name(row: Any) -> rx.Component:
    return rx.flex(
        rx.flex(
            ui.row_link(row.name, row.href),
            rx.cond(row.is_default, rx.badge("default", size="1", variant="soft"), rx.fragment()),
            align="center",
            gap="8px",
        ),
        rx.cond(row.note != "", rx.text(row.note, size="1", color=MUTED), rx.fragment()),
        direction="column",
        gap="1px",
    )


def _words(text: Any) -> rx.Component:
    return rx.text(text, size="2", color=MUTED, class_name="ml-sentence")


def _menu(row: Any) -> rx.Component:
    entries = ui.row_menu(
        "Actions for " + row.name,
        ui.menu_link("Edit", row.href),
        rx.cond(row.is_default, rx.fragment(), ui.menu_item("Make default", ProfilesState.ask(DEFAULT, row.id))),
        ui.menu_item("Delete", ProfilesState.ask(DELETE, row.id), danger=True),
    )
    return allowed(Permission.INVOICES, entries)
