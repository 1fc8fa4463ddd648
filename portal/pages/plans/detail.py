"""One plan version: its pricing card, its rate cards in words, its versions, and what may be done to it."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.plans.detail_state import PlanState
from portal.pages.plans.offered import offered_addons
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

SHOWN = PlanState.shown
CARD = PlanState.shown.card
ID = PlanState.shown.card.id.to(str)


@staff_page("/plans/[plan_id]", title="Plan", on_load=[PlanState.enter, PlanState.load])
def plan_page() -> rx.Component:
    """The card at the side, the terms in the middle."""
    head = version_header(SHOWN, "Plans", "/plans", _actions())
    return rx.fragment(
        rx.cond(CARD.id != "", head, ui.page_header("Plan", crumbs=[("Plans", "/plans")])),
        ui.loaded(PlanState, _content()),
    )


def _actions() -> rx.Component:
    changeable = (CARD.status == "draft") | (CARD.status == "scheduled")
    edit = f"/plans/{SHOWN.draft_id.to(str)}/edit"
    compare = compare_button(CARD, "/plans")
    of_draft = [_delete(), ui.link_button("Edit draft", f"/plans/{ID}/edit", icon="pencil"), _publish()]
    of_published = [
        rx.cond(CARD.status == "active", _archive(), rx.fragment()),
        rx.cond(
            SHOWN.draft_id != "",
            ui.link_button("Edit the draft", edit, kind="primary", icon="pencil"),
            ui.button("New version", kind="primary", icon="copy-plus", on_click=PlanState.next_version),
        ),
    ]
    row = {"gap": "8px", "wrap": "wrap"}
    change = rx.cond(changeable, rx.flex(*of_draft, **row), rx.flex(*of_published, **row))
    return rx.flex(compare, allowed(Permission.CATALOG, change), **row)


def _publish() -> rx.Component:
    return ui.confirm(
        ui.button("Publish", kind="primary", icon="rocket", disabled=SHOWN.issues.length() > 0),
        f"Publish {CARD.name.to(str)}?",
        SHOWN.on_publish,
        "Publish",
        PlanState.publish,
        danger=False,
    )


def _archive() -> rx.Component:
    return ui.confirm(
        ui.button("Archive", icon="archive"),
        f"Archive {CARD.name.to(str)}?",
        SHOWN.on_archive,
        "Archive plan",
        PlanState.archive,
    )


def _delete() -> rx.Component:
    return ui.confirm(
        ui.button("Delete draft", icon="trash-2"),
        f"Delete the draft of {CARD.name.to(str)}?",
        "No subscription uses a draft. What is written in it is lost.",
        "Delete draft",
        PlanState.delete,
    )


def _content() -> rx.Component:
    main = rx.flex(
        rx.foreach(SHOWN.phases, _phase),
        offered_addons(),
        ui.section("Versions", versions_list(CARD.versions, CARD.id, "/plans")),
        direction="column",
        gap="28px",
        min_width="0",
    )
    subscribers = rx.text(CARD.subscribers, size="1", color=MUTED)
    side = rx.flex(draw_card(CARD, subscribers, status=False), facts_card(SHOWN.facts), direction="column", gap="16px")
    return version_layout(main, side, SHOWN.issues)


def _phase(phase: rx.Var) -> rx.Component:
    return ui.section(phase.title, cards_table(phase.cards), note=phase.lasts)
