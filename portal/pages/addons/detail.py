"""One version of an add-on: its pricing card, its rate cards in words, the plans that offer it."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.addons.detail_state import AddonState
from portal.rate_cards.drawn_card import draw_card
from portal.rate_cards.shown import (
    cards_table,
    compare_button,
    facts_card,
    version_header,
    version_layout,
    versions_list,
)
from portal.session import allowed
from portal.theme import MUTED

SHOWN = AddonState.shown
CARD = AddonState.shown.card
ID = AddonState.shown.card.id.to(str)


@staff_page("/add-ons/[addon_id]", title="Add-on", on_load=[AddonState.enter, AddonState.load])
def addon_page() -> rx.Component:
    """The card at the side, the terms in the middle."""
    compare = compare_button(CARD, "/add-ons")
    actions = rx.flex(compare, allowed(Permission.CATALOG, _actions()), gap="8px", wrap="wrap")
    head = version_header(SHOWN, "Add-ons", "/add-ons", actions)
    return rx.fragment(
        rx.cond(CARD.id != "", head, ui.page_header("Add-on", crumbs=[("Add-ons", "/add-ons")])),
        ui.loaded(AddonState, _content()),
    )


def _actions() -> rx.Component:
    edit = f"/add-ons/{SHOWN.draft_id.to(str)}/edit"
    return rx.cond(
        CARD.status == "draft",
        rx.flex(
            _delete(),
            ui.link_button("Edit draft", f"/add-ons/{ID}/edit", icon="pencil"),
            _publish(),
            gap="8px",
            wrap="wrap",
        ),
        rx.flex(
            rx.cond(CARD.status == "active", _archive(), rx.fragment()),
            rx.cond(
                SHOWN.draft_id != "",
                ui.link_button("Edit the draft", edit, kind="primary", icon="pencil"),
                ui.button("New version", kind="primary", icon="copy-plus", on_click=AddonState.next_version),
            ),
            gap="8px",
            wrap="wrap",
        ),
    )


def _publish() -> rx.Component:
    return ui.confirm(
        ui.button("Publish", kind="primary", icon="rocket", disabled=SHOWN.issues.length() > 0),
        f"Publish {CARD.name.to(str)}?",
        SHOWN.on_publish,
        "Publish",
        AddonState.publish,
        danger=False,
    )


def _archive() -> rx.Component:
    return ui.confirm(
        ui.button("Archive", icon="archive"),
        f"Archive {CARD.name.to(str)}?",
        SHOWN.on_archive,
        "Archive add-on",
        AddonState.archive,
    )


def _delete() -> rx.Component:
    return ui.confirm(
        ui.button("Delete draft", icon="trash-2"),
        f"Delete the draft of {CARD.name.to(str)}?",
        "No plan offers a draft. What is written in it is lost.",
        "Delete draft",
        AddonState.delete,
    )


def _content() -> rx.Component:
    main = rx.flex(
        ui.section("What it charges and includes", cards_table(SHOWN.cards)),
        ui.section("Plans that offer it", rx.cond(SHOWN.offering.length() > 0, _plans(), _no_plan())),
        ui.section("Versions", versions_list(CARD.versions, CARD.id, "/add-ons")),
        direction="column",
        gap="28px",
        min_width="0",
    )
    side = rx.flex(draw_card(CARD, status=False), facts_card(SHOWN.facts), direction="column", gap="16px")
    return version_layout(main, side, SHOWN.issues)


def _plans() -> rx.Component:
    columns = [
        ui.Column("Plan", lambda row: ui.row_link(row.plan, f"/plans/{row.plan_id.to(str)}", note=row.version)),
        ui.Column("From phase", lambda row: row.from_phase),
        ui.Column("At most", lambda row: ui.figure_text(row.most), tight=True),
        ui.Column("Status", lambda row: ui.status_badge(row.status), tight=True),
    ]
    return ui.card(ui.plain_table(SHOWN.offering, columns, label="Plans that offer it"), padding="0")


def _no_plan() -> rx.Component:
    return ui.card(
        rx.text(
            "No plan offers it yet. Once it is on sale, open ",
            ui.text_link("a plan", "/plans"),
            " and offer it there.",
            size="2",
            color=MUTED,
        )
    )
