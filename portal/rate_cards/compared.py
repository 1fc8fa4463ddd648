"""Draws the differences between two versions of a plan or an add-on: two versions to choose, and a table of words."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.theme import BORDER, MUTED

TONES = (("added", "grass"), ("removed", "red"), ("moved", "blue"))


def compared_versions(state: Any, lists: str, what: str, note: str) -> rx.Component:
    """The page of a `ComparingEvents` state; `lists` names the list above it, `what` stands while it is loading."""
    name = rx.cond(state.name != "", state.name, what)
    return rx.fragment(
        ui.page_header(
            "What changed",
            crumbs=[(lists, state.ADDRESS), (name, f"{state.ADDRESS}/" + state.after_id)],
            subtitle=note,
        ),
        ui.loaded(state, _content(state)),
    )


def _content(state: Any) -> rx.Component:
    choose = rx.grid(
        _side(state, "Before", "before", state.before_id),
        _side(state, "Now", "after", state.after_id),
        columns=rx.breakpoints(initial="1", sm="2"),
        gap="16px",
        padding="16px 20px",
        border_bottom=BORDER,
    )
    same = rx.text("The two versions are the same.", size="2", color=MUTED, padding="18px 20px")
    return ui.card(choose, rx.cond(state.rows.length() > 0, _table(state.rows), same), padding="0")


def _side(state: Any, label: str, side: str, value: rx.Var) -> rx.Component:
    return ui.choice_field(
        label,
        f"version-{side}",
        state.choices,
        value=value,
        on_change=lambda chosen: state.compare(side, chosen),
    )


def _table(rows: rx.Var) -> rx.Component:
    columns = [
        ui.Column("Where", lambda row: rx.text(row.where, size="2", weight="medium")),
        ui.Column("What", _what),
        ui.Column("Before", lambda row: _text(row.before, muted=True)),
        ui.Column("Now", lambda row: _text(row.after)),
    ]
    return ui.plain_table(rows, columns, label="What changed")


def _what(row: rx.Var) -> rx.Component:
    badge = rx.badge(row.change, color_scheme=rx.match(row.change, *TONES, "gray"), variant="soft", size="1")
    return rx.flex(rx.text(row.what, size="2"), rx.cond(row.change != "changed", badge, rx.fragment()), gap="8px")


def _text(text: rx.Var, *, muted: bool = False) -> rx.Component:
    return rx.text(text, size="2", class_name="ml-figures ml-sentence", **({"color": MUTED} if muted else {}))
