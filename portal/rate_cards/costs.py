"""What a customer pays at N units, drawn: the curve over usage, the worked example, what is odd about the price."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import BORDER, MUTED


def what_a_customer_pays(state: Any, *, choose: bool) -> rx.Component:
    """The chart and the example of a `PreviewEvents` state; `choose` offers which usage is drawn."""
    shown = state.preview
    title = rx.cond(shown.per != "", "What a customer pays per " + shown.per, "What a customer pays once")
    return rx.box(
        rx.heading(title, as_="h2", size="3", weight="medium"),
        rx.cond(shown.choices.length() > 0, _by_usage(state, choose=choose), rx.fragment()),
        _example(shown),
        rx.cond(
            shown.besides != "",
            rx.text("Not in this total: ", shown.besides, ".", size="1", color=MUTED, padding_top="10px"),
            rx.fragment(),
        ),
    )


def _by_usage(state: Any, *, choose: bool) -> rx.Component:
    shown = state.preview
    units = ui.text_field(
        "Units used",
        "curve-units",
        value=shown.units,
        on_change=lambda value: state.put_curve("units", value),
        problem=shown.problem,
        hint=shown.hint,
        input_mode="decimal",
        auto_complete="off",
    )
    which = ui.choice_field(
        "For usage of",
        "curve-of",
        shown.choices.to(list[list[str]]),
        value=shown.key,
        on_change=lambda value: state.put_curve("key", value),
    )
    return rx.flex(
        rx.grid(which, units, columns="2", gap="12px", width="100%") if choose else units,
        rx.cond(state.curve_rows.length() > 0, _curve(state), rx.fragment()),
        direction="column",
        gap="12px",
        padding_top="14px",
    )


def _curve(state: Any) -> rx.Component:
    shown = state.preview
    return ui.usage_chart(
        state.figure,
        label="What a customer pays over the usage of " + shown.label,
        rows=state.curve_rows,
        height="210px",
        columns=[
            ui.Column("Units", lambda row: row.window, end=True),
            ui.Column("Amount", lambda row: row.value, end=True),
        ],
        caption="In " + state.form.currency + ", before tax.",
    )


def _example(shown: rx.Var) -> rx.Component:
    total = rx.flex(
        rx.text("Total", size="2", weight="medium"),
        rx.text(
            shown.example.total,
            size="3",
            weight="bold",
            class_name="ml-figures",
            custom_attrs={"data-testid": "example-total"},
        ),
        justify="between",
        align="baseline",
        border_top=BORDER,
        padding_top="10px",
        margin_top="4px",
    )
    formula = rx.text(
        shown.example.formula,
        size="1",
        color=MUTED,
        class_name="ml-figures",
        padding_top="6px",
        custom_attrs={"data-testid": "example-sum"},
    )
    return rx.cond(
        shown.example.rows.length() > 0,
        rx.box(
            rx.text("Worked example, as the invoice would say it", size="1", color=MUTED, margin="14px 0 8px"),
            rx.foreach(shown.example.rows, _row),
            total,
            rx.cond(shown.example.formula != "", formula, rx.fragment()),
        ),
        rx.text("It appears here as soon as there is a price.", size="2", color=MUTED, padding_top="8px"),
    )


def _row(row: rx.Var) -> rx.Component:
    return rx.flex(
        rx.box(
            rx.text(row.what, size="2"),
            rx.cond(
                row.formula != "", rx.text(row.formula, size="1", color=MUTED, class_name="ml-figures"), rx.fragment()
            ),
        ),
        rx.text(row.amount, size="2", class_name="ml-figures", white_space="nowrap"),
        justify="between",
        gap="14px",
        padding="5px 0",
    )
