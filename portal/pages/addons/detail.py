"""One version of an add-on: its pricing card, its rate cards in words, the plans that offer it."""

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.addons.detail_state import AddonState
from portal.rate_cards.drawn_card import draw_card
from portal.rate_cards.shown import (
    cards_table,
    facts_card,
    version_actions,
    version_header,
    version_layout,
    versions_list,
)
from portal.theme import MUTED

SHOWN = AddonState.shown
CARD = AddonState.shown.card


@staff_page("/add-ons/[addon_id]", title="Add-on", on_load=[AddonState.enter, AddonState.load])
def addon_page() -> rx.Component:
    """The card at the side, the terms in the middle."""
    head = version_header(
        SHOWN, "Add-ons", "/add-ons", version_actions(AddonState, "add-on", "No plan offers a draft.")
    )
    return rx.fragment(
        rx.cond(CARD.id != "", head, ui.page_header("Add-on", crumbs=[("Add-ons", "/add-ons")])),
        ui.loaded(AddonState, _content()),
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
