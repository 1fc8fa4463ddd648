"""Plans: each one drawn as the pricing card a buyer would see."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.plans.state import PlansState
from portal.rate_cards.drawn_card import draw_card
from portal.session import allowed
from portal.theme import MUTED

TEACHES = (
    "A plan is what a customer buys: fees, prices per unit and quotas, in numbered versions. "
    "Build one without code, look at the price a customer would pay, and publish it."
)
CHIPS = [("", "All"), ("active", "On sale"), ("draft", "Drafts"), ("archived", "Archived")]


@staff_page("/plans", title="Plans", on_load=PlansState.load)
def plans_page() -> rx.Component:
    """Cards, filtered by status."""
    return rx.fragment(
        ui.page_header(
            "Plans",
            subtitle="What customers can buy, as they see it.",
            actions=[_new("New plan")],
        ),
        ui.list_toolbar(PlansState, search="Search by name or key", chips=CHIPS, export=True),
        rx.cond(
            PlansState.problem != "",
            ui.card(ui.error_section(PlansState.problem, PlansState.load)),
            rx.cond(~PlansState.ready, _grid(*[ui.skeleton_card(7) for _ in range(3)]), _found()),
        ),
    )


def _found() -> rx.Component:
    empty = ui.empty_state("No plans yet", TEACHES, _new("Build the first plan"), icon="layers")
    return rx.cond(
        PlansState.total > 0,
        rx.flex(_grid(rx.foreach(PlansState.rows, _card)), ui.list_pager(PlansState), direction="column", gap="6px"),
        ui.card(rx.cond(PlansState.narrowed, ui.nothing_found(PlansState.show_all), empty)),
    )


def _card(card: rx.Var) -> rx.Component:
    return draw_card(
        card,
        rx.flex(
            rx.text(card.subscribers, size="1", color=MUTED, class_name="ml-figures"),
            rx.flex(rx.foreach(card.versions, _version), gap="10px", wrap="wrap"),
            justify="between",
            gap="12px",
        ),
        href="/plans/" + card.id.to(str),
    )


def _version(version: rx.Var) -> rx.Component:
    return rx.link(
        version.label,
        href="/plans/" + version.id.to(str),
        size="1",
        class_name="ml-link ml-figures",
        underline="none",
        title=version.status.to(str),
        aria_label=version.label.to(str) + ", " + version.status.to(str),
    )


def _grid(*cards: rx.Component) -> rx.Component:
    return rx.grid(*cards, columns="repeat(auto-fill, minmax(min(300px, 100%), 1fr))", gap="16px", width="100%")


def _new(label: str) -> rx.Component:
    return allowed(Permission.CATALOG, ui.link_button(label, "/plans/new", kind="primary", icon="plus"))
