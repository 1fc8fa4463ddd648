"""The customer's plan in full, with its next charge explained, and whom to ask to change it."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.frame import customer_page
from portal.pages.customers.charge import charge_cards
from portal.pages.customers.subscription_phases import phases
from portal.pages.customers.subscription_timeline import timeline
from portal.pages.customers.usage_part import usage_bars
from portal.pages.my.plan_state import MyPlanState
from portal.theme import MUTED

SHOWN = MyPlanState.shown


@customer_page("/my/plan", title="Plan", on_load=MyPlanState.load)
def my_plan() -> rx.Component:
    """What was bought at the left, usage and the way to a change at the right."""
    return rx.fragment(
        ui.page_header("Plan", subtitle="What you have, what it costs, and what will change."),
        ui.loaded(MyPlanState, _content()),
    )


def _content() -> rx.Component:
    none = ui.card(
        ui.empty_state("No plan", "You have no running plan, so nothing new is charged.", icon="layers"),
    )
    return rx.grid(
        rx.flex(
            rx.cond(SHOWN.subscriptions.length() > 0, rx.foreach(SHOWN.subscriptions, _subscription), none),
            ui.section(
                "What is charged next",
                charge_cards(SHOWN.charges, "/my/invoices"),
                note="Reckoned by the engine that draws your invoices, with your usage up to now.",
            ),
            direction="column",
            gap="24px",
            min_width="0",
        ),
        rx.flex(_included(), _change(), direction="column", gap="20px", min_width="0"),
        columns={"initial": "minmax(0, 1fr)", "md": "minmax(0, 1fr) 360px"},
        gap="20px",
        align="start",
    )


def _subscription(row: Any) -> rx.Component:
    return ui.card(
        rx.flex(
            rx.heading(row.name, as_="h2", size="5", weight="bold", letter_spacing="-0.015em"),
            ui.status_badge(row.status),
            align="center",
            gap="10px",
        ),
        rx.cond(
            (row.status != "scheduled") & (SHOWN.note != ""),
            rx.text(SHOWN.note, size="2", margin_top="4px"),
            rx.fragment(),
        ),
        rx.text(row.billing, ", ", row.lasts, ".", size="2", color=MUTED, margin="4px 0 18px"),
        timeline(row),
        phases(row),
        custom_attrs={"data-testid": "my-plan"},
    )


def _included() -> rx.Component:
    return ui.card(
        rx.flex(
            rx.heading("Included, and used so far", as_="h2", size="3", weight="medium"),
            ui.text_link("Over time", "/my/usage", size="2"),
            justify="between",
            align="center",
            margin_bottom="16px",
        ),
        usage_bars(SHOWN.bars),
        rx.cond(
            SHOWN.granted.length() > 0,
            rx.text("Also included: ", SHOWN.granted.join(", "), ".", size="2", color=MUTED, margin_top="18px"),
            rx.fragment(),
        ),
    )


def _change() -> rx.Component:
    seller = rx.cond(SHOWN.seller != "", SHOWN.seller, "your provider")
    return ui.card(
        rx.heading("Change or cancel", as_="h2", size="3", weight="medium", margin_bottom="6px"),
        rx.text(
            "Your plan is changed and ended by ",
            rx.text.strong(seller),
            ". Ask them for another plan, or to cancel; they can tell you beforehand what it means in money.",
            size="2",
            color=MUTED,
        ),
    )
