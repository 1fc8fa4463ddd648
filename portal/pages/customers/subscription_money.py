"""What a change of a subscription means in money, in the form that asks for it."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import BORDER, MUTED


def money_preview(state: Any) -> rx.Component:
    """A skeleton while the change is rehearsed, its refusal, or what it means currency by currency."""
    refused = rx.callout(state.problem, icon="triangle-alert", size="1", color_scheme="red", role="alert")
    nothing = rx.text("Nothing is to be charged before or after the change.", size="2", color=MUTED)
    told = rx.fragment(
        rx.foreach(state.left_behind, _left),
        rx.cond(state.told.length() > 0, rx.foreach(state.told, _preview), nothing),
    )
    return rx.box(
        rx.cond(
            state.looking,
            ui.skeleton_lines(4),
            rx.cond(state.problem != "", refused, rx.cond(state.is_told, told, rx.fragment())),
        ),
        custom_attrs={"data-testid": "money-preview"},
        aria_live="polite",
    )


def _left(words: Any) -> rx.Component:
    return rx.callout(words, icon="info", size="1", margin_bottom="10px")


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
            "Lines of later periods come with later invoices. Without taxes that are added later.",
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
