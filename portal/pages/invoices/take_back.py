"""The form that voids an issued invoice, or marks it uncollectible."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.pages.invoices.take_back_state import AGAIN, EACH, GIVE_UP, NEVER, OF_LINE, VOID, TakeBackState
from portal.theme import MUTED

STATE = TakeBackState
FATES = (
    (NEVER, "They are not invoiced again", "What was sold is given away."),
    (AGAIN, "All are invoiced again", "They wait on the upcoming invoice, due at once."),
    (EACH, "Line by line", "Some are invoiced again."),
)


def take_back_buttons(actions: Any) -> rx.Component:
    """The buttons that open it, where it is possible."""
    void = ui.button("Void", on_click=STATE.open(VOID))
    give_up = ui.button("Mark uncollectible", on_click=STATE.open(GIVE_UP))
    return rx.fragment(
        rx.cond(actions.contains(GIVE_UP), give_up, rx.fragment()),
        rx.cond(actions.contains(VOID), void, rx.fragment()),
    )


def take_back_form() -> rx.Component:
    """Why, and what becomes of the lines."""
    is_void = STATE.action == VOID
    return ui.drawer(
        rx.cond(
            is_void,
            ui.text_area("Reason", "reason", problem=STATE.problem, max_length=1024, rows="3"),
            ui.text_area("Reason", "reason", max_length=1024, rows="3", optional=True),
        ),
        rx.cond(is_void, _lines(), rx.fragment()),
        title=STATE.title,
        note=STATE.note,
        is_open=STATE.action != "",
        on_close=STATE.close,
        on_submit=STATE.confirm,
        save=rx.cond(is_void, "Void the invoice", "Mark uncollectible"),
        danger=True,
    )


def _lines() -> rx.Component:
    return rx.flex(
        rx.text("What becomes of its lines", size="2", weight="medium"),
        ui.described_choice("What becomes of its lines", FATES, value=STATE.fate, on_change=STATE.choose_fate),
        rx.cond(
            STATE.fate == EACH,
            rx.el.ul(rx.foreach(STATE.lines, _line), aria_label="Lines", class_name="ml-items"),
            rx.fragment(),
        ),
        direction="column",
        gap="8px",
    )


def _line(line: Any) -> rx.Component:
    choice = rx.el.select(
        rx.el.option("Not again", value=NEVER),
        rx.el.option("Invoice again", value=AGAIN),
        name=OF_LINE + line.id.to(str),
        disabled=line.is_part,
        aria_label="What becomes of " + line.name,
        class_name="ml-select",
        style={"width": "150px"},
    )
    return rx.el.li(
        rx.flex(
            rx.flex(
                rx.text(line.name, size="2"),
                rx.text(
                    line.amount,
                    rx.cond(line.is_part, ", billed in parts: a part cannot be invoiced again", ""),
                    size="1",
                    color=MUTED,
                    class_name="ml-figures",
                ),
                direction="column",
                gap="1px",
                min_width="0",
            ),
            choice,
            justify="between",
            align="center",
            gap="12px",
        )
    )
