"""The subscriptions of a customer as a timeline, with the buttons that start, end and continue one."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.customers.subscription_addon_list import addons
from portal.pages.customers.subscription_change import change_form
from portal.pages.customers.subscription_change_state import SubscriptionChangeState
from portal.pages.customers.subscription_changes import Kind
from portal.pages.customers.subscription_phases import phases
from portal.pages.customers.subscription_state import SubscriptionState
from portal.pages.customers.subscription_timeline import timeline
from portal.session import allowed
from portal.theme import MUTED

STATE = SubscriptionState
TEACHES = (
    "A subscription sells a plan to this customer from a moment on: fees are charged, usage is billed, "
    "and quotas are granted until it ends."
)


def subscription_tab() -> rx.Component:
    """The newest first; a customer has one at a time."""
    start = allowed(
        Permission.CUSTOMERS,
        ui.button(
            "Start a subscription",
            kind="primary",
            icon="plus",
            on_click=SubscriptionChangeState.ask(Kind.START.value, "", "", ""),
        ),
    )
    empty = ui.card(ui.empty_state("No subscription yet", TEACHES, start, icon="layers"))
    return rx.fragment(
        rx.cond(
            STATE.rows.length() > 0,
            rx.flex(
                rx.cond(STATE.has_current, rx.fragment(), rx.flex(start, justify="end")),
                rx.foreach(STATE.rows, _subscription),
                direction="column",
                gap="18px",
            ),
            empty,
        ),
        change_form(),
    )


def _subscription(row: Any) -> rx.Component:
    return ui.card(
        rx.flex(
            rx.flex(
                rx.flex(
                    rx.heading(row.name, as_="h2", size="4", weight="medium"),
                    ui.status_badge(row.status),
                    align="center",
                    gap="10px",
                ),
                rx.text(ui.text_link(row.plan, row.plan_href), " \N{MIDDLE DOT} ", row.lasts, size="2", color=MUTED),
                rx.text(row.billing, size="2", color=MUTED),
                direction="column",
                gap="3px",
            ),
            allowed(Permission.CUSTOMERS, _actions(row)),
            justify="between",
            align="start",
            gap="12px",
            wrap="wrap",
            margin_bottom="18px",
        ),
        timeline(row),
        addons(row),
        phases(row),
        custom_attrs={"data-testid": "subscription"},
    )


def _actions(row: Any) -> rx.Component:
    def ask(label: str | rx.Var, wanted: Kind, **props: Any) -> rx.Component:
        return ui.button(label, on_click=SubscriptionChangeState.ask(wanted.value, row.id, "", ""), **props)

    migrate = rx.cond(row.newer != "", ask("Move to " + row.newer.to(str), Kind.VERSION), rx.fragment())
    remove = ui.confirm(
        ui.button("Remove"),
        "Remove this subscription?",
        "It has not started: nothing was billed, and nothing will be. This cannot be undone.",
        "Remove",
        STATE.remove(row.id),
    )
    return rx.match(
        row.status,
        (
            "active",
            rx.flex(migrate, ask("Change plan", Kind.PLAN), ask("Cancel", Kind.END), gap="8px", wrap="wrap"),
        ),
        ("canceled", ask("Take the cancellation back", Kind.GO_ON, kind="primary")),
        ("scheduled", remove),
        rx.fragment(),
    )
