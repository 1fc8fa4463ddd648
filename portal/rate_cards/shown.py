"""What the pages of a plan and of an add-on show alike: issues of a draft, rate cards in words, versions, facts."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.session import allowed
from portal.theme import MUTED


def issues_of_draft(issues: rx.Var) -> rx.Component:
    """What keeps a draft from being published."""
    return rx.callout.root(
        rx.callout.icon(rx.icon("triangle-alert", size=16)),
        rx.box(
            rx.text("This draft cannot be published yet.", weight="medium", size="2"),
            rx.el.ul(
                rx.foreach(issues, rx.el.li),
                style={"margin": "6px 0 0", "paddingLeft": "18px", "fontSize": "13.5px", "listStyle": "disc"},
            ),
        ),
        color_scheme="amber",
        role="status",
        width="100%",
    )


def cards_table(cards: rx.Var) -> rx.Component:
    """Rate cards in words."""
    columns = [
        ui.Column("Rate card", _rate_card),
        ui.Column("Price", lambda card: rx.el.span(card.price, class_name="ml-figures ml-sentence")),
        ui.Column("May be used", lambda card: rx.el.span(card.allowance, class_name="ml-figures ml-sentence")),
        ui.Column("Billed", lambda card: rx.el.span(card.billed, class_name="ml-sentence"), tight=True, wide=True),
    ]
    return ui.card(ui.plain_table(cards, columns, label="Rate cards"), padding="0")


def versions_list(versions: rx.Var, current: rx.Var, address: str) -> rx.Component:
    """All versions, each leading to its page."""

    def line(version: rx.Var) -> rx.Component:
        here = version.id == current
        return rx.flex(
            rx.cond(
                here,
                rx.text(version.label, size="2", weight="medium"),
                ui.text_link(version.label, f"{address}/{version.id.to(str)}", size="2"),
            ),
            ui.status_badge(version.status),
            align="center",
            justify="between",
            padding="9px 0",
        )

    return ui.card(rx.foreach(versions, line), padding="6px 20px")


def compare_button(card: rx.Var, address: str) -> rx.Component:
    """Leads to the differences between versions, once there are two."""
    button = ui.link_button("Compare versions", f"{address}/{card.id.to(str)}/changes", icon="git-compare")
    return rx.cond(card.versions.length() > 1, button, rx.fragment())


def facts_card(facts: rx.Var) -> rx.Component:
    """Names with their values."""
    return ui.card(rx.el.dl(rx.foreach(facts, _fact), style={"margin": "0"}), padding="10px 20px")


def version_header(shown: rx.Var, lists: str, address: str, actions: rx.Component) -> rx.Component:
    """The head of a version's page: name, number, status, id, and what may be done to it."""
    card = shown.card
    status = rx.flex(
        rx.text(card.version, size="2", color=MUTED), ui.status_badge(card.status), gap="10px", align="center"
    )
    return ui.page_header(card.name, crumbs=[(lists, address)], status=status, copy_id=card.id, actions=[actions])


def version_layout(main: rx.Component, side: rx.Component, issues: rx.Var) -> rx.Component:
    """The card at the side, the terms in the middle, and above them what keeps a draft from being published."""
    return rx.flex(
        rx.cond(issues.length() > 0, issues_of_draft(issues), rx.fragment()),
        rx.grid(
            main,
            rx.box(side, order=rx.breakpoints(initial="-1", md="0"), min_width="0"),
            columns=rx.breakpoints(initial="minmax(0, 1fr)", md="minmax(0, 1fr) 320px"),
            gap="24px",
            width="100%",
            align="start",
        ),
        direction="column",
        gap="20px",
        width="100%",
    )


def _rate_card(card: rx.Var) -> rx.Component:
    what = rx.cond(card.feature != "", "feature " + card.feature.to(str), "fee " + card.key.to(str))
    return rx.flex(
        rx.text(card.name, size="2", weight="medium"),
        rx.text(what, size="1", color=MUTED),
        direction="column",
        gap="1px",
    )


def _fact(fact: rx.Var) -> rx.Component:
    return rx.flex(
        rx.el.dt(fact[0], style={"color": MUTED, "fontSize": "13px"}),
        rx.el.dd(fact[1], style={"margin": "0", "fontSize": "13.5px", "textAlign": "right"}),
        justify="between",
        gap="16px",
        padding="6px 0",
    )


def version_actions(state: Any, what: str, lost: str) -> rx.Component:
    """What may be done to the version that a `VersionEvents` state shows; `lost` is what goes with a draft."""
    shown, card = state.shown, state.shown.card
    is_draft = (card.status == "draft") | (card.status == "scheduled")
    row = {"gap": "8px", "wrap": "wrap"}
    of_draft = rx.flex(
        ui.confirm(
            ui.button("Delete draft", icon="trash-2"),
            f"Delete the draft of {card.name.to(str)}?",
            f"{lost} What is written in it is lost.",
            "Delete draft",
            state.delete,
        ),
        ui.link_button("Edit draft", f"{state.ADDRESS}/{card.id.to(str)}/edit", icon="pencil"),
        ui.confirm(
            ui.button("Publish", kind="primary", icon="rocket", disabled=shown.issues.length() > 0),
            f"Publish {card.name.to(str)}?",
            shown.on_publish,
            "Publish",
            state.publish,
            danger=False,
        ),
        **row,
    )
    archive = ui.confirm(
        ui.button("Archive", icon="archive"),
        f"Archive {card.name.to(str)}?",
        shown.on_archive,
        f"Archive {what}",
        state.archive,
    )
    edit = f"{state.ADDRESS}/{shown.draft_id.to(str)}/edit"
    of_published = rx.flex(
        rx.cond(card.status == "active", archive, rx.fragment()),
        rx.cond(
            shown.draft_id != "",
            ui.link_button("Edit the draft", edit, kind="primary", icon="pencil"),
            ui.button("New version", kind="primary", icon="copy-plus", on_click=state.next_version),
        ),
        **row,
    )
    change = rx.cond(is_draft, of_draft, of_published)
    return rx.flex(compare_button(card, state.ADDRESS), allowed(Permission.CATALOG, change), **row)
