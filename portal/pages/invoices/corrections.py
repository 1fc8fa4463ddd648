"""The part of an invoice's page that says what turned out wrong about it, and lets a person decide."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.pages.corrections.deciding import decision, standing
from portal.pages.invoices.corrections_state import InvoiceCorrectionsState
from portal.theme import BORDER, MUTED

STATE = InvoiceCorrectionsState


def corrections() -> rx.Component:
    """Nothing when the invoice is right."""
    rows = ui.section(
        "Corrections",
        ui.card(
            rx.el.ul(rx.foreach(STATE.rows, _correction), aria_label="Corrections", class_name="ml-plain-list"),
            padding="0",
            custom_attrs={"data-testid": "corrections"},
        ),
        note="An issued invoice is never changed: what it should have come to is settled by later ones.",
    )
    problem = ui.error_section(STATE.problem, STATE.load)
    return rx.cond(STATE.problem != "", problem, rx.cond(STATE.rows.length() > 0, rows, rx.fragment()))


def _correction(row: Any) -> rx.Component:
    told = row.billed.to(str) + " was billed, " + row.due.to(str) + " is due: " + row.why.to(str) + "."
    return rx.el.li(
        rx.flex(
            rx.flex(
                rx.text(row.line, size="2", weight="medium"),
                rx.text(told, size="1", color=MUTED, class_name="ml-figures"),
                rx.flex(
                    standing(row),
                    rx.text("found ", ui.when(row.found, row.found_exact), size="1", color=MUTED),
                    align="center",
                    gap="8px",
                    wrap="wrap",
                    margin_top="4px",
                ),
                direction="column",
                gap="2px",
                min_width="0",
            ),
            rx.text(row.amount, size="2", weight="medium", class_name="ml-figures"),
            justify="between",
            gap="16px",
        ),
        rx.cond(row.is_waiting, rx.box(decision(STATE, row), margin_top="10px"), rx.fragment()),
        style={"padding": "14px 20px", "borderBottom": BORDER},
    )
