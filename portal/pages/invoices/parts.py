"""The parts that staff and customers see of the same invoice: its lines, and the panel that explains one."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import BORDER, MUTED


def pdf_button(state: Any) -> rx.Component:
    """The invoice as a file; what is still gathering has none."""
    drawn = ui.button("Download PDF", icon="download", on_click=state.download_pdf)
    return rx.cond((state.shown.number != "") & ~state.shown.is_gathering, drawn, rx.fragment())


def lines(state: Any, rows: rx.Var, total: rx.Var, menu: Callable[[Any], rx.Component] | None = None) -> rx.Component:
    """The lines of an invoice with the arithmetic under each; a click explains one, `menu` is what else it has."""

    def line(row: Any) -> rx.Component:
        return rx.el.li(
            rx.flex(
                rx.flex(
                    rx.text(row.name, size="2", weight="medium"),
                    rx.text(row.period, " \N{MIDDLE DOT} ", row.price, size="1", color=MUTED, class_name="ml-figures"),
                    rx.cond(row.note != "", rx.text(row.note, size="1", color=MUTED), rx.fragment()),
                    direction="column",
                    gap="2px",
                    min_width="0",
                ),
                rx.flex(
                    rx.text(row.amount, size="2", weight="medium", class_name="ml-figures"),
                    ui.button(
                        "Explain",
                        size="1",
                        on_click=state.explain(row.id),
                        aria_label="Explain " + row.name,
                        custom_attrs={"data-testid": "explain"},
                    ),
                    *([menu(row)] if menu is not None else []),
                    align="center",
                    gap="14px",
                    flex_shrink="0",
                ),
                justify="between",
                align="start",
                gap="16px",
            ),
            rx.cond(row.details.length() > 0, _arithmetic(row.details), rx.fragment()),
            style={"padding": "14px 20px", "borderBottom": BORDER},
        )

    foot = rx.flex(
        rx.text("Total", size="3", weight="medium"),
        rx.text(total, size="4", weight="bold", class_name="ml-figures", custom_attrs={"data-testid": "total"}),
        justify="between",
        align="center",
        padding="16px 20px",
    )
    return ui.card(
        rx.el.ul(
            rx.foreach(rows, line), aria_label="Lines", style={"listStyle": "none", "margin": "0", "padding": "0"}
        ),
        foot,
        padding="0",
    )


def _arithmetic(details: Any) -> rx.Component:
    def row(detail: Any) -> rx.Component:
        return rx.flex(
            rx.text(detail.name, size="1", color=MUTED, flex="1 1 110px"),
            rx.text(detail.formula, size="1", color=MUTED, class_name="ml-figures"),
            rx.text(detail.amount, size="1", color=MUTED, class_name="ml-figures", width="84px", text_align="right"),
            gap="0 16px",
            wrap="wrap",
            justify="end",
        )

    return rx.flex(
        rx.foreach(details, row),
        direction="column",
        gap="5px",
        margin_top="9px",
        padding_left="12px",
        border_left="2px solid var(--gray-a4)",
    )


def explanation(state: Any, *, for_staff: bool) -> rx.Component:
    """The panel over the invoice: formula, usage by day, raw events. Only staff are led to the meter."""
    shown = state.explained
    return ui.panel(
        ui.section("How it is calculated", _formula(shown)),
        rx.cond(
            shown.unit != "",
            rx.fragment(
                ui.section("Usage by day", _days(state, shown, for_staff=for_staff), note=shown.counted),
                ui.section("Events behind it", _events(state, for_staff=for_staff)),
            ),
            rx.text(shown.fee_note, size="2", color=MUTED),
        ),
        rx.cond(
            shown.corrects != "",
            rx.text(
                "It corrects ",
                ui.text_link(shown.corrects, ("/invoices/" if for_staff else "/my/invoices/") + shown.corrects_path),
                ", which is explained there.",
                size="2",
            ),
            rx.fragment(),
        ),
        title=shown.title,
        note=shown.period.to(str) + ", " + shown.price.to(str),
        is_open=state.line_id != "",
        on_close=state.close_explanation,
        width="680px",
    )


def _formula(shown: Any) -> rx.Component:
    return ui.plain_table(
        shown.steps,
        [
            ui.Column("Step", lambda row: row.name),
            ui.Column("Calculation", lambda row: row.formula, end=True),
            ui.Column("Amount", lambda row: ui.money_text(row.amount), end=True),
        ],
        label="How it is calculated",
    )


def _days(state: Any, shown: Any, *, for_staff: bool) -> rx.Component:
    meter = rx.text("Measured by ", ui.text_link(shown.meter, shown.meter_href), ".", size="2")
    return rx.flex(
        *([meter] if for_staff else []),
        rx.cond(shown.late != "", rx.callout(shown.late, icon="info", size="1", color_scheme="amber"), rx.fragment()),
        ui.usage_chart(state.figure, label="Usage by day", rows=shown.days, unit=shown.unit, height="220px"),
        rx.cond(shown.days_note != "", rx.text(shown.days_note, size="1", color=MUTED), rx.fragment()),
        direction="column",
        gap="12px",
    )


def _events(state: Any, *, for_staff: bool) -> rx.Component:
    """Staff are led to each event in the inspector, and to all of them."""

    def event(row: Any) -> rx.Component:
        if not for_staff:
            return ui.copyable(row.id, label="Copy the event's id")
        return rx.code(ui.text_link(row.id, row.href), size="1", variant="ghost")

    table = ui.plain_table(
        state.events,
        [
            ui.Column("Time", lambda row: ui.when(row.at, row.at_exact)),
            ui.Column("Subject", lambda row: row.subject),
            ui.Column("Event", event),
            ui.Column("Counts", lambda row: row.value, end=True),
        ],
        label="Events behind it",
    )

    def turn(label: str, step: int, possible: Any) -> rx.Component:
        return ui.button(label, size="1", on_click=state.turn_events(step), disabled=~possible)

    return rx.cond(
        (state.events.length() > 0) | (state.events_page > 1),
        rx.box(
            ui.card(table, padding="0"),
            rx.flex(
                turn("Newer", -1, state.events_page > 1),
                turn("Older", 1, state.has_more_events),
                gap="8px",
                justify="end",
                margin_top="10px",
            ),
        ),
        rx.text("No usage was reported for this period.", size="2", color=MUTED),
    )
