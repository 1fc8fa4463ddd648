"""Surfaces: a card, a titled section, and a list of names with their values."""

from typing import Any

import reflex as rx

from portal.theme import BORDER, MUTED, SURFACE


def card(*children: Any, **props: Any) -> rx.Component:
    """A quiet surface. `padding="0"` for tables that reach the edge."""
    look = {
        "background": SURFACE,
        "border": BORDER,
        "border_radius": "10px",
        "box_shadow": "var(--meterline-shadow)",
        "padding": "20px",
        "width": "100%",
        "min_width": "0",
        "overflow": "hidden",
    }
    return rx.box(*children, **{**look, **props})


def section(title: str | rx.Var, *children: Any, note: str | rx.Var = "", actions: Any = None) -> rx.Component:
    """A titled part of a page, with an optional note under the title and actions at its right."""
    head = [rx.heading(title, as_="h2", size="3", weight="medium")]
    if not (isinstance(note, str) and not note):
        head.append(rx.text(note, size="2", color=MUTED))
    return rx.el.section(
        rx.flex(
            rx.flex(*head, direction="column", gap="2px"),
            *([rx.flex(*_listed(actions), gap="8px", align="center")] if actions is not None else []),
            justify="between",
            align="end",
            gap="16px",
            wrap="wrap",
            margin_bottom="12px",
        ),
        *children,
        style={"width": "100%", "minWidth": "0"},
    )


def definition_list(*pairs: tuple[str, Any]) -> rx.Component:
    """Names with their values, such as the facts of an invoice: `("Due", when(...))`."""
    rows: list[rx.Component] = []
    for name, value in pairs:
        rows.append(rx.el.dt(name, style={"color": MUTED, "fontSize": "13px"}))
        rows.append(rx.el.dd(value, style={"margin": "0", "fontSize": "13.5px", "minWidth": "0"}))
    return rx.el.dl(
        *rows,
        style={
            "display": "grid",
            "gridTemplateColumns": "minmax(110px, max-content) 1fr",
            "columnGap": "28px",
            "rowGap": "10px",
            "margin": "0",
        },
    )


def _listed(actions: Any) -> list[Any]:
    return list(actions) if isinstance(actions, list | tuple) else [actions]
