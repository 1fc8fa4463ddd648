"""The form of a change of a subscription: what, when, and what it means in money before it is confirmed."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.pages.customers.subscription_change_state import SubscriptionChangeState
from portal.pages.customers.subscription_changes import Kind
from portal.theme import BORDER, MUTED

STATE = SubscriptionChangeState


def change_form() -> rx.Component:
    """Nothing can be confirmed before its money is told."""
    return ui.drawer(
        rx.cond(STATE.kind == Kind.PLAN.value, _plan(), rx.fragment()),
        rx.cond(STATE.addon_choices.length() > 0, _addon(), rx.fragment()),
        rx.cond((STATE.kind == Kind.ADDON.value) | (STATE.kind == Kind.QUANTITY.value), _quantity(), rx.fragment()),
        rx.cond(
            STATE.moment_choices.length() > 0,
            ui.choice_field("When", "moment", STATE.moment_choices, value=STATE.moment, on_change=STATE.choose_moment),
            rx.fragment(),
        ),
        _money(),
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
        rx.text("No other plan is on sale. ", ui.text_link("Publish one first.", "/plans")), icon="info", size="1"
    )
    return rx.cond(
        STATE.plan_choices.length() > 0,
        ui.choice_field("Plan", "plan", STATE.plan_choices, value=STATE.plan, on_change=STATE.choose_plan),
        nothing,
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


def _money() -> rx.Component:
    refused = rx.callout(STATE.problem, icon="triangle-alert", size="1", color_scheme="red", role="alert")
    nothing = rx.text("Nothing is to be charged before or after the change.", size="2", color=MUTED)
    told = rx.cond(STATE.told.length() > 0, rx.foreach(STATE.told, _preview), nothing)
    return rx.box(
        rx.cond(
            STATE.looking,
            ui.skeleton_lines(4),
            rx.cond(STATE.problem != "", refused, rx.cond(STATE.is_told, told, rx.fragment())),
        ),
        custom_attrs={"data-testid": "money-preview"},
        aria_live="polite",
    )


def _preview(change: Any) -> rx.Component:
    return rx.box(
        rx.grid(
            _figure("Due now", change.due_now, change.due_note, "due-now"),
            _figure("Next invoice before", change.next_before, change.next_before_at, "next-before"),
            _figure("Next invoice after", change.next_after, change.next_after_at, "next-after"),
            columns={"initial": "1fr", "xs": "1fr 1fr 1fr"},
            gap="10px",
            margin_bottom="10px",
        ),
        rx.cond(
            change.lines.length() > 0,
            ui.plain_table(
                change.lines,
                [
                    ui.Column("What changes", _line),
                    ui.Column("Before", lambda line: ui.money_text(line.before), end=True),
                    ui.Column("After", lambda line: ui.money_text(line.after, strong=True), end=True),
                ],
                label="What changes on the invoices",
            ),
            rx.text("No line of an invoice changes.", size="2", color=MUTED),
        ),
        rx.text(
            "Usage is what was counted so far; for a period that goes on, what it comes to at today's pace. "
            "Without taxes that are added later.",
            size="1",
            color=MUTED,
            margin_top="10px",
        ),
    )


def _figure(label: str, value: Any, note: Any, testid: str) -> rx.Component:
    return rx.box(
        rx.text(label, size="1", color=MUTED, weight="medium"),
        rx.text(value, size="5", weight="bold", class_name="ml-figures", custom_attrs={"data-testid": testid}),
        rx.text(note, size="1", color=MUTED),
        padding="10px 12px",
        border=BORDER,
        border_radius="8px",
    )


def _line(line: Any) -> rx.Component:
    return rx.flex(
        rx.flex(
            rx.text(line.name, size="2"),
            rx.cond(line.is_due, rx.badge("due now", size="1", variant="soft"), rx.fragment()),
            gap="8px",
            align="center",
        ),
        rx.text(line.period, size="1", color=MUTED, class_name="ml-figures"),
        direction="column",
        gap="1px",
    )
