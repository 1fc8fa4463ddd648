"""Draws a customer's next charge, for staff and for the customer."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import BORDER, MUTED


def charge_cards(charges: rx.Var, base: str) -> rx.Component:
    """One card per currency; `base` is where the upcoming invoice has its page."""
    nothing = ui.card(
        rx.text("Next charge", size="2", weight="medium"),
        rx.text("Nothing is to be charged: no subscription runs now.", size="2", color=MUTED, margin_top="6px"),
    )
    return rx.cond(
        charges.length() > 0,
        rx.flex(rx.foreach(charges, lambda charge: _card(charge, base)), direction="column", gap="16px"),
        nothing,
    )


def _card(charge: Any, base: str) -> rx.Component:
    explain = base + "/" + charge.invoice_id.to(str)
    return ui.card(
        rx.flex(
            rx.flex(
                rx.text("Next charge", size="2", weight="medium"),
                rx.cond(
                    charge.due != "",
                    rx.text(ui.when(charge.due), ", ", charge.due_in, size="2", color=MUTED),
                    rx.text("Nothing is to be charged.", size="2", color=MUTED),
                ),
                rx.cond(
                    charge.credit != "",
                    rx.text(charge.credit, size="2", custom_attrs={"data-testid": "credit-waiting"}),
                    rx.fragment(),
                ),
                direction="column",
                gap="2px",
            ),
            ui.text_link("Explain every line", explain, size="2"),
            justify="between",
            align="start",
            gap="12px",
            wrap="wrap",
        ),
        rx.grid(
            _figure("So far", charge.so_far, "if nothing more is used", "charge-so-far"),
            _figure("At the end of the period", charge.at_end, _pace(charge), "charge-at-end"),
            columns={"initial": "1fr", "xs": "1fr 1fr"},
            gap="16px",
            margin="16px 0 6px",
        ),
        ui.plain_table(
            charge.lines,
            [
                ui.Column("", _line),
                ui.Column("Used", lambda line: ui.figure_text(line.used, title=line.used_exact), end=True, wide=True),
                ui.Column("So far", lambda line: ui.money_text(line.so_far, explain), end=True),
                ui.Column("At the end", lambda line: ui.money_text(line.at_end), end=True),
            ],
            label="Lines of the next charge",
        ),
        padding="18px 20px 8px",
    )


def _figure(label: str, value: Any, note: Any, testid: str) -> rx.Component:
    return rx.box(
        rx.text(label, size="1", color=MUTED, weight="medium"),
        rx.text(
            value,
            size="6",
            weight="bold",
            class_name="ml-figures",
            letter_spacing="-0.02em",
            custom_attrs={"data-testid": testid},
        ),
        rx.text(note, size="1", color=MUTED),
        padding="12px 14px",
        border=BORDER,
        border_radius="8px",
    )


def _pace(charge: Any) -> rx.Var:
    return rx.cond(charge.grows, "at today's pace, " + charge.rest.to(str) + " more", "usage no longer adds to it")


def _line(line: Any) -> rx.Component:
    return rx.flex(
        rx.text(line.name, size="2"),
        rx.text(line.period, size="1", color=MUTED, class_name="ml-figures"),
        direction="column",
        gap="1px",
    )
