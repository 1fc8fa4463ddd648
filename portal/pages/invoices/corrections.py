"""The part of an invoice's page that says what turned out wrong about it, and lets a person decide."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.invoices.corrections_state import CorrectionsState
from portal.session import allowed
from portal.theme import BORDER, MUTED


def corrections() -> rx.Component:
    """Nothing when the invoice is right."""
    rows = ui.section(
        "Corrections",
        ui.card(
            rx.el.ul(
                rx.foreach(CorrectionsState.rows, _correction),
                aria_label="Corrections",
                class_name="ml-plain-list",
            ),
            padding="0",
            custom_attrs={"data-testid": "corrections"},
        ),
        note="An issued invoice is never changed: what it should have come to is settled by later ones.",
    )
    problem = ui.error_section(CorrectionsState.problem, CorrectionsState.load)
    return rx.cond(
        CorrectionsState.problem != "", problem, rx.cond(CorrectionsState.rows.length() > 0, rows, rx.fragment())
    )


def _correction(row: Any) -> rx.Component:
    return rx.el.li(
        rx.flex(
            rx.flex(
                rx.text(row.line, size="2", weight="medium"),
                rx.text(
                    row.billed + " was billed, " + row.due.to(str) + " is due: " + row.why.to(str) + ".",
                    size="1",
                    color=MUTED,
                    class_name="ml-figures",
                ),
                rx.text(row.standing, ", found ", row.found, size="1", color=MUTED),
                direction="column",
                gap="2px",
                min_width="0",
            ),
            ui.figure_text(row.amount),
            justify="between",
            gap="16px",
        ),
        rx.cond(row.is_waiting, allowed(Permission.INVOICES, _decision(row)), rx.fragment()),
        style={"padding": "14px 20px", "borderBottom": BORDER},
    )


def _decision(row: Any) -> rx.Component:
    accept = ui.confirm(
        ui.button("Book it", size="1", kind="primary", aria_label="Book the correction of " + row.line.to(str)),
        "Book this correction?",
        row.amount.to(str) + " goes on the customer's next invoice as a line of its own.",
        "Book it",
        CorrectionsState.decide("accept", row.id),
        danger=False,
    )
    dismiss = ui.confirm(
        ui.button("Let it go", size="1", aria_label="Let the correction of " + row.line.to(str) + " go"),
        "Let this difference go?",
        row.amount.to(str) + " is neither charged nor given back. This cannot be undone.",
        "Let it go",
        CorrectionsState.decide("dismiss", row.id),
    )
    return rx.flex(accept, dismiss, gap="8px", margin_top="10px")
