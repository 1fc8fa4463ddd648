"""What a new meter would make of the events that are here, beside its form."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.pages.meters.new_state import NewMeterState
from portal.theme import MUTED


def _tried() -> rx.Component:
    """The newest events, one by one."""

    def line(row: Any) -> rx.Component:
        return rx.el.li(
            rx.flex(
                rx.text(row.subject, size="2", weight="medium", truncate=True),
                rx.text(
                    row.worth,
                    size="2",
                    text_align="right",
                    class_name="ml-figures",
                    color=rx.cond(row.counts, "inherit", "var(--amber-11)"),
                ),
                justify="between",
                gap="12px",
            ),
            rx.flex(
                rx.text(row.dimensions, size="1", color=MUTED, truncate=True),
                ui.when(row.at, row.at_exact),
                justify="between",
                gap="12px",
                style={"fontSize": "12px"},
            ),
        )

    return rx.el.ul(
        rx.foreach(NewMeterState.tried, line),
        class_name="ml-items",
        aria_label="The newest events",
        style={"marginTop": "14px"},
    )


def preview() -> rx.Component:
    amount = rx.text(
        NewMeterState.result, size="7", weight="bold", class_name="ml-figures", custom_attrs={"data-testid": "preview"}
    )
    """The number, what it is made of, the newest events one by one, and an event that counts."""
    return rx.flex(
        ui.card(
            rx.text("On your events it would show", size="2", color=MUTED, weight="medium"),
            rx.cond(NewMeterState.result != "", amount, rx.fragment()),
            rx.text(
                rx.cond(NewMeterState.counted != "", NewMeterState.counted, "Nothing yet: fill in the form."),
                size="2",
                color=MUTED,
            ),
            rx.foreach(
                NewMeterState.uncounted,
                lambda reason: rx.text(reason, size="2", color="var(--amber-11)", margin_top="6px"),
            ),
            rx.cond(NewMeterState.tried.length() > 0, _tried(), rx.fragment()),
            aria_live="polite",
        ),
        ui.section("An event that counts", ui.code_block(NewMeterState.sample, label="Copy the event")),
        direction="column",
        gap="20px",
        min_width="0",
    )
