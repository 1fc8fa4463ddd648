"""The audit log: who changed what, when, and from what to what."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.settings.audit.state import ACTORS, ENTITIES, AuditState
from portal.theme import MUTED


@staff_page("/settings/audit", title="Audit log", on_load=AuditState.load)
def audit() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            "Audit log",
            subtitle="Every change that a person or a program made, written in the same step as the change itself.",
        ),
        ui.data_table(
            AuditState,
            [
                ui.Column("When", lambda row: ui.when(row.at, row.at_exact), tight=True),
                ui.Column("Who", _who),
                ui.Column("What", _what),
                ui.Column("Fields", lambda row: rx.text(row.fields, size="2", color=MUTED)),
                ui.Column("", _open, tight=True),
            ],
            label="Changes",
            search="Search by person, key or id",
            export=True,
            chips=[("", "All"), *((kind.value, text) for kind, text in ACTORS.items())],
            filters=[
                ui.filter_choice(
                    "Kind of thing",
                    [("", "Everything"), *sorted(ENTITIES.items(), key=lambda pair: pair[1])],
                    value=AuditState.entity,
                    on_change=AuditState.choose_entity,
                )
            ],
            empty=ui.empty_state(
                "No changes yet",
                "As soon as somebody changes a price, a customer or a key, it is written here.",
                icon="scroll-text",
            ),
        ),
        _entry(),
    )


def _who(row: Any) -> rx.Component:
    return rx.flex(
        rx.text(row.who, size="2", weight="medium"),
        rx.text(row.kind, size="1", color=MUTED),
        direction="column",
        gap="1px",
    )


def _what(row: Any) -> rx.Component:
    named = rx.cond(row.href != "", ui.text_link(row.name, row.href), rx.text(row.name, size="2", color=MUTED))
    return rx.flex(rx.text(row.what, size="2"), named, direction="column", gap="1px")


def _open(row: Any) -> rx.Component:
    return ui.button(
        "Changes", size="1", on_click=AuditState.open_entry(row.id), aria_label="Show what changed: " + row.what
    )


def _entry() -> rx.Component:
    row = AuditState.row
    return ui.panel(
        ui.definition_list(
            ("When", ui.when(row.at, row.at_exact, muted=False)),
            ("Who", rx.text(row.who, size="2")),
            ("Id", ui.copyable(row.entity_id)),
        ),
        rx.cond(
            AuditState.changes.length() > 0,
            ui.card(
                ui.plain_table(
                    AuditState.changes,
                    [
                        ui.Column("Field", lambda change: rx.text(change.field, size="2", weight="medium")),
                        ui.Column("Before", lambda change: rx.text(change.before, size="2", color=MUTED)),
                        ui.Column("After", lambda change: rx.text(change.after, size="2", word_break="break-word")),
                    ],
                    label="Fields that changed",
                ),
                padding="0",
            ),
            rx.text("Nothing of it is left to compare.", size="2", color=MUTED),
        ),
        title=row.what,
        note=row.name,
        is_open=AuditState.opened,
        on_close=AuditState.close_entry,
    )
