"""Invoices: piles with their totals, and the list of one pile."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.invoices.state import InvoicesState
from portal.theme import MUTED

TEACHES = (
    "An invoice gathers what a customer owes in a period: fees and metered usage, each line explained down to the "
    "events. The first one appears as soon as a customer has a subscription."
)


@staff_page("/invoices", title="Invoices", on_load=[InvoicesState.enter, InvoicesState.load])
def invoices() -> rx.Component:
    """The piles, then the list."""
    return rx.fragment(
        ui.page_header("Invoices", subtitle="What customers owe, from the first unit of usage to the payment."),
        _piles(),
        ui.data_table(
            InvoicesState,
            [
                ui.Column("Number", _number, sort="number"),
                ui.Column(
                    "Customer", lambda row: ui.text_link(row.customer, row.customer_href), wide=True, sort="customer"
                ),
                ui.Column("Status", lambda row: ui.status_badge(row.status)),
                ui.Column("Period", lambda row: ui.when(row.period), wide=True),
                ui.Column("Date", lambda row: ui.when(row.dated, row.dated_exact), wide=True, sort="created_at"),
                ui.Column("Due", lambda row: ui.when(row.due), wide=True, sort="due_at"),
                ui.Column("Total", lambda row: ui.money_text(row.total, row.href), end=True),
            ],
            label="Invoices",
            search="Search by number or customer",
            export=True,
            empty=rx.cond(InvoicesState.is_filtered, ui.nothing_found(InvoicesState.show_all), _none_yet()),
        ),
    )


def _none_yet() -> rx.Component:
    action = ui.link_button("Go to the customers", "/customers", kind="primary")
    return ui.empty_state("No invoices yet", TEACHES, action, icon="receipt-text")


def _number(row: Any) -> rx.Component:
    """With the customer beneath it where there is no room for a column of theirs."""
    return rx.fragment(
        ui.row_link(row.number, row.href),
        rx.text(row.customer, size="1", color=MUTED, class_name="ml-narrow"),
    )


def _customer(row: Any) -> rx.Component:
    return ui.text_link(row.customer, row.customer_href)


def _piles() -> rx.Component:
    """Links that look like figures: the chosen pile stands in the address."""

    def pile(tab: Any) -> rx.Component:
        return rx.link(
            rx.flex(
                rx.text(tab.label, size="2", weight="medium"),
                rx.text(tab.count, size="1", color=MUTED, class_name="ml-figures"),
                justify="between",
                align="center",
                gap="10px",
            ),
            rx.text(tab.total, size="2", color=MUTED, class_name="ml-figures", min_height="18px"),
            href=rx.cond(tab.key == "", "/invoices", "/invoices?stage=" + tab.key.to(str)),
            underline="none",
            color="inherit",
            class_name="ml-pile",
            aria_current=rx.cond(tab.key == InvoicesState.stage, "page", "false"),
        )

    return rx.el.nav(
        rx.cond(
            InvoicesState.tabs.length() > 0,
            rx.foreach(InvoicesState.tabs, pile),
            rx.foreach(list(range(7)), lambda _: rx.skeleton(height="62px")),
        ),
        aria_label="Piles of invoices",
        class_name="ml-piles",
    )
