"""The customer's first page: what they have, what it will cost, and what needs their attention."""

import reflex as rx

from portal import components as ui
from portal.frame import customer_page
from portal.pages.customers.attention import attention
from portal.pages.customers.charge import charge_cards
from portal.pages.customers.usage_part import usage_bars
from portal.pages.my.overview_state import MyOverviewState
from portal.theme import MUTED

SHOWN = MyOverviewState.shown


@customer_page("/my", title="Overview", on_load=MyOverviewState.load)
def my_overview() -> rx.Component:
    """Money and usage at the left, plan and invoices at the right."""
    return rx.fragment(
        ui.page_header("Overview", subtitle="Your plan, what you use, and what it will cost."),
        ui.loaded(MyOverviewState, _content()),
    )


def _content() -> rx.Component:
    return rx.flex(
        attention(SHOWN.troubles, SHOWN.alerts),
        rx.grid(
            rx.flex(
                charge_cards(SHOWN.charges, "/my/invoices"), _usage(), direction="column", gap="20px", min_width="0"
            ),
            rx.flex(_plan(), _invoices(), direction="column", gap="20px", min_width="0"),
            columns={"initial": "minmax(0, 1fr)", "md": "minmax(0, 1fr) 360px"},
            gap="20px",
        ),
        direction="column",
        gap="16px",
    )


def _usage() -> rx.Component:
    return ui.card(
        rx.flex(
            rx.heading("Usage this period", as_="h2", size="3", weight="medium"),
            ui.text_link("Over time", "/my/usage", size="2"),
            justify="between",
            align="center",
            margin_bottom="16px",
        ),
        usage_bars(SHOWN.bars),
    )


def _plan() -> rx.Component:
    some = rx.fragment(
        rx.text(SHOWN.plan, size="6", weight="bold", letter_spacing="-0.02em", custom_attrs={"data-testid": "plan"}),
        rx.text(SHOWN.plan_note, size="2", color=MUTED, margin_top="4px"),
        rx.cond(
            SHOWN.granted.length() > 0,
            rx.text("Also included: ", SHOWN.granted.join(", "), ".", size="2", margin_top="10px"),
            rx.fragment(),
        ),
        rx.text(SHOWN.plan_until, size="2", color=MUTED, margin_top="10px"),
    )
    none = rx.text(rx.cond(SHOWN.coming != "", SHOWN.coming + ".", "You have no running plan."), size="2", color=MUTED)
    return ui.card(
        rx.flex(
            rx.text("Your plan", size="2", color=MUTED, weight="medium"),
            ui.text_link("In full", "/my/plan", size="2"),
            justify="between",
            align="center",
            margin_bottom="6px",
        ),
        rx.cond(SHOWN.plan != "", some, none),
    )


def _invoices() -> rx.Component:
    table = ui.plain_table(
        SHOWN.invoices,
        [
            ui.Column("Invoice", lambda row: ui.row_link(row.number, row.href, note=row.dated)),
            ui.Column("", lambda row: ui.status_badge(row.status), tight=True),
            ui.Column("Total", lambda row: ui.money_text(row.total, row.href), end=True),
        ],
        label="Latest invoices",
    )
    return ui.card(
        rx.flex(
            rx.heading("Latest invoices", as_="h2", size="3", weight="medium"),
            ui.text_link("All", "/my/invoices", size="2"),
            justify="between",
            align="center",
            padding="16px 18px 12px",
        ),
        rx.cond(
            SHOWN.invoices.length() > 0,
            table,
            rx.text("No invoice yet.", size="2", color=MUTED, padding="0 18px 18px"),
        ),
        padding="0",
    )
