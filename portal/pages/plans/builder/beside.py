"""The right of the builder: what the buyer sees, what a customer pays at N units, and what is left to do."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.card import draw_card
from portal.theme import BORDER, MUTED

SHOWN = BuilderState.preview


def beside() -> rx.Component:
    """Stays in sight while the form scrolls, on wide screens."""
    return rx.flex(
        draw_card(BuilderState.card, status=False),
        _pays(),
        rx.cond(BuilderState.to_do.length() > 0, _to_do(), rx.fragment()),
        direction="column",
        gap="16px",
        min_width="0",
        position=rx.breakpoints(initial="static", md="sticky"),
        top="24px",
    )


def _pays() -> rx.Component:
    return ui.card(
        rx.heading("What a customer pays per " + SHOWN.per, as_="h2", size="3", weight="medium"),
        rx.cond(SHOWN.choices.length() > 0, _by_usage(), rx.fragment()),
        _example(),
    )


def _by_usage() -> rx.Component:
    return rx.flex(
        rx.grid(
            ui.choice_field(
                "For usage of",
                "curve-of",
                SHOWN.choices.to(list[list[str]]),
                value=SHOWN.key,
                on_change=lambda value: BuilderState.put_curve("key", value),
            ),
            ui.text_field(
                "Units",
                "curve-units",
                value=SHOWN.units,
                on_change=lambda value: BuilderState.put_curve("units", value),
                problem=SHOWN.problem,
                input_mode="decimal",
            ),
            columns="2",
            gap="12px",
            width="100%",
        ),
        rx.cond(
            BuilderState.curve_rows.length() > 0,
            ui.usage_chart(
                BuilderState.figure,
                label="What a customer pays per " + SHOWN.per + " over the usage of " + SHOWN.label,
                rows=BuilderState.curve_rows,
                unit=BuilderState.form.currency,
                height="210px",
                columns=[
                    ui.Column("Units", lambda row: row.window, end=True),
                    ui.Column("Amount", lambda row: row.value, end=True),
                ],
                caption="Fees of every " + SHOWN.per + " included, one-time fees not.",
            ),
            rx.fragment(),
        ),
        rx.cond(SHOWN.warning != "", rx.text(SHOWN.warning, size="1", color="var(--amber-11)"), rx.fragment()),
        direction="column",
        gap="12px",
        padding_top="14px",
    )


def _example() -> rx.Component:
    total = rx.flex(
        rx.text("Total", size="2", weight="medium"),
        rx.text(
            SHOWN.example.total,
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
    return rx.cond(
        SHOWN.example.rows.length() > 0,
        rx.box(
            rx.text("Worked example, as the invoice would say it", size="1", color=MUTED, margin="14px 0 8px"),
            rx.foreach(SHOWN.example.rows, _row),
            total,
        ),
        rx.text("Add a rate card to see it.", size="2", color=MUTED, padding_top="8px"),
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


def _to_do() -> rx.Component:
    return ui.card(
        rx.heading("Before it can be published", as_="h2", size="3", weight="medium"),
        rx.el.ul(
            rx.foreach(BuilderState.to_do, rx.el.li),
            style={
                "margin": "8px 0 0",
                "paddingLeft": "18px",
                "listStyle": "disc",
                "fontSize": "13.5px",
                "color": MUTED,
                "lineHeight": "1.6",
            },
        ),
        custom_attrs={"data-testid": "to-do"},
    )
