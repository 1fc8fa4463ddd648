"""One plan version: its pricing card, its rate cards in words, its versions, and what may be done to it."""

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.plans.detail_state import PlanState
from portal.pages.plans.offered import offered_addons
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

SHOWN = PlanState.shown
CARD = PlanState.shown.card


@staff_page("/plans/[plan_id]", title="Plan", on_load=[PlanState.enter, PlanState.load])
def plan_page() -> rx.Component:
    """The card at the side, the terms in the middle."""
    head = version_header(SHOWN, "Plans", "/plans", version_actions(PlanState, "plan", "No subscription uses a draft."))
    return rx.fragment(
        rx.cond(CARD.id != "", head, ui.page_header("Plan", crumbs=[("Plans", "/plans")])),
        ui.loaded(PlanState, _content()),
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
