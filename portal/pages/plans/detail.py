"""One plan version: its pricing card, its rate cards in words, its versions, and what may be done to it."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.plans.card import draw_card
from portal.pages.plans.detail_parts import fact_line, issues_of_draft, phase_table, versions_list
from portal.pages.plans.detail_state import PlanState
from portal.session import allowed
from portal.theme import MUTED

SHOWN = PlanState.shown
CARD = PlanState.shown.card
ID = PlanState.shown.card.id.to(str)


@staff_page("/plans/[plan_id]", title="Plan", on_load=[PlanState.enter, PlanState.load])
def plan_page() -> rx.Component:
    """The card at the side, the terms in the middle."""
    return rx.fragment(
        rx.cond(CARD.id != "", _header(), ui.page_header("Plan", crumbs=[("Plans", "/plans")])),
        ui.loaded(PlanState, _content()),
    )


def _header() -> rx.Component:
    status = rx.flex(
        rx.text(CARD.version, size="2", color=MUTED), ui.status_badge(CARD.status), gap="10px", align="center"
    )
    return ui.page_header(
        CARD.name,
        crumbs=[("Plans", "/plans")],
        status=status,
        copy_id=CARD.id,
        actions=[allowed(Permission.CATALOG, _actions())],
    )


def _actions() -> rx.Component:
    changeable = (CARD.status == "draft") | (CARD.status == "scheduled")
    return rx.cond(
        changeable,
        rx.flex(
            _delete(),
            ui.link_button("Edit draft", f"/plans/{ID}/edit", icon="pencil"),
            _publish(),
            gap="8px",
            wrap="wrap",
        ),
        rx.flex(
            rx.cond(CARD.status == "active", _archive(), rx.fragment()),
            rx.cond(
                SHOWN.draft_id != "",
                ui.link_button(
                    "Edit the draft", f"/plans/{SHOWN.draft_id.to(str)}/edit", kind="primary", icon="pencil"
                ),
                ui.button("New version", kind="primary", icon="copy-plus", on_click=PlanState.next_version),
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
    return rx.flex(
        rx.cond(SHOWN.issues.length() > 0, issues_of_draft(SHOWN.issues), rx.fragment()),
        rx.grid(
            rx.flex(
                rx.foreach(SHOWN.phases, phase_table),
                ui.section("Versions", ui.card(versions_list(CARD.versions, CARD.id), padding="6px 20px")),
                direction="column",
                gap="28px",
                min_width="0",
            ),
            rx.flex(
                draw_card(CARD, rx.text(CARD.subscribers, size="1", color=MUTED), status=False),
                ui.card(rx.el.dl(rx.foreach(SHOWN.facts, fact_line), style={"margin": "0"}), padding="10px 20px"),
                direction="column",
                gap="16px",
                order=rx.breakpoints(initial="-1", md="0"),
            ),
            columns=rx.breakpoints(initial="1fr", md="minmax(0, 1fr) 320px"),
            gap="24px",
            width="100%",
            align="start",
        ),
        direction="column",
        gap="20px",
        width="100%",
    )
