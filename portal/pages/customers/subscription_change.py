"""The form of a change of a subscription: what, when, and what it means in money before it is confirmed."""

import reflex as rx

from portal import components as ui
from portal.pages.customers.subscription_change_state import SubscriptionChangeState
from portal.pages.customers.subscription_changes import Kind
from portal.pages.customers.subscription_money import money_preview

STATE = SubscriptionChangeState


def change_form() -> rx.Component:
    """Nothing can be confirmed before its money is told."""
    return ui.drawer(
        rx.cond((STATE.kind == Kind.PLAN.value) | (STATE.kind == Kind.START.value), _plan(), rx.fragment()),
        rx.cond(STATE.kind == Kind.START.value, _start(), rx.fragment()),
        rx.cond(STATE.addon_choices.length() > 0, _addon(), rx.fragment()),
        rx.cond((STATE.kind == Kind.ADDON.value) | (STATE.kind == Kind.QUANTITY.value), _quantity(), rx.fragment()),
        rx.cond(
            STATE.moment_choices.length() > 0,
            ui.choice_field("When", "moment", STATE.moment_choices, value=STATE.moment, on_change=STATE.choose_moment),
            rx.fragment(),
        ),
        money_preview(STATE),
        title=STATE.title,
        note=STATE.note,
        is_open=STATE.is_open,
        on_close=STATE.close,
        on_submit=STATE.confirm,
        save=STATE.action,
        dismiss=rx.cond(STATE.kind == Kind.END.value, "Keep it", "Cancel"),
        possible=STATE.is_told,
        width="600px",
    )


def _plan() -> rx.Component:
    nothing = rx.callout(
        rx.text(
            rx.cond(STATE.kind == Kind.START.value, "No plan", "No other plan"),
            " is on sale. ",
            ui.text_link("Publish one first.", "/plans"),
        ),
        icon="info",
        size="1",
    )
    return rx.cond(
        STATE.plan_choices.length() > 0,
        ui.choice_field("Plan", "plan", STATE.plan_choices, value=STATE.plan, on_change=STATE.choose_plan),
        nothing,
    )


def _start() -> rx.Component:
    return ui.text_field(
        "Start",
        "start",
        type="datetime-local",
        value=STATE.start,
        on_change=STATE.choose_start,
        hint="In UTC. Leave it empty to start now.",
        optional=True,
    )


def _addon() -> rx.Component:
    return ui.choice_field("Add-on", "addon", STATE.addon_choices, value=STATE.addon, on_change=STATE.choose_addon)


def _quantity() -> rx.Component:
    return ui.text_field(
        "Quantity",
        "quantity",
        type="number",
        min="1",
        step="1",
        value=STATE.quantity,
        on_change=STATE.choose_quantity,
    )
