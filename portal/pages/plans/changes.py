"""The differences between two versions of a plan, in words."""

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.plans.changes_state import ChangesState
from portal.theme import BORDER, MUTED

PLAN = "/plans/" + ChangesState.after_id
TONES = (("added", "grass"), ("removed", "red"), ("moved", "blue"))


@staff_page("/plans/[plan_id]/changes", title="What changed", on_load=ChangesState.load)
def changes_page() -> rx.Component:
    """Two versions to choose, and the table."""
    return rx.fragment(
        ui.page_header(
            "What changed",
            crumbs=[("Plans", "/plans"), (rx.cond(ChangesState.name != "", ChangesState.name, "Plan"), PLAN)],
            subtitle="Subscriptions keep the version they were sold; a change is for those who buy or move later.",
        ),
        ui.loaded(ChangesState, _content()),
    )


def _content() -> rx.Component:
    choose = rx.grid(
        _side("Before", "before", ChangesState.before_id),
        _side("Now", "after", ChangesState.after_id),
        columns=rx.breakpoints(initial="1", sm="2"),
        gap="16px",
        padding="16px 20px",
        border_bottom=BORDER,
    )
    same = rx.text("The two versions are the same.", size="2", color=MUTED, padding="18px 20px")
    return ui.card(choose, rx.cond(ChangesState.rows.length() > 0, _table(), same), padding="0")


def _side(label: str, side: str, value: rx.Var) -> rx.Component:
    return ui.choice_field(
        label,
        f"version-{side}",
        ChangesState.choices,
        value=value,
        on_change=lambda chosen: ChangesState.compare(side, chosen),
    )


def _table() -> rx.Component:
    columns = [
        ui.Column("Where", lambda row: rx.text(row.where, size="2", weight="medium")),
        ui.Column("What", _what),
        ui.Column("Before", lambda row: _text(row.before, muted=True)),
        ui.Column("Now", lambda row: _text(row.after)),
    ]
    return ui.plain_table(ChangesState.rows, columns, label="What changed")


def _what(row: rx.Var) -> rx.Component:
    badge = rx.badge(row.change, color_scheme=rx.match(row.change, *TONES, "gray"), variant="soft", size="1")
    return rx.flex(rx.text(row.what, size="2"), rx.cond(row.change != "changed", badge, rx.fragment()), gap="8px")


def _text(text: rx.Var, *, muted: bool = False) -> rx.Component:
    return rx.text(text, size="2", class_name="ml-figures ml-sentence", **({"color": MUTED} if muted else {}))
