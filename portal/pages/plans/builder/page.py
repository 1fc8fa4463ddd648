"""The plan builder: creates, prices and publishes a plan without code, with what a customer would pay beside it."""

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.plans.builder.beside import beside
from portal.pages.plans.builder.fields import basics
from portal.pages.plans.builder.phase_fields import phases
from portal.pages.plans.builder.state import BuilderState
from portal.rate_cards.builder_parts import builder_header, builder_layout
from portal.rate_cards.wizard import wizard
from portal.theme import MUTED


@staff_page("/plans/new", title="New plan", on_load=BuilderState.open_new)
def new_plan_page() -> rx.Component:
    """An empty plan."""
    return _page()


@staff_page("/plans/[plan_id]/edit", title="Edit plan", on_load=BuilderState.open_draft)
def edit_plan_page() -> rx.Component:
    """A draft."""
    return _page()


def _page() -> rx.Component:
    return rx.fragment(
        builder_header(BuilderState, "New plan", "Plans"),
        ui.loaded(BuilderState, _builder()),
    )


def _builder() -> rx.Component:
    return builder_layout(
        BuilderState,
        rx.flex(basics(), phases(), _addons(), direction="column", gap="28px", min_width="0"),
        beside(),
        wizard(BuilderState, add="Add to plan"),
        ui.confirm_when(
            BuilderState.removal != "",
            BuilderState.keep_phase,
            "Remove this phase?",
            BuilderState.removal,
            "Remove phase",
            BuilderState.remove_phase,
        ),
    )


def _addons() -> rx.Component:
    """Add-ons belong to a plan that is stored, so they are offered on its page."""
    page = "/plans/" + BuilderState.opened.id
    here = rx.cond(
        BuilderState.opened.id == "",
        rx.text("Save the draft, then let its page offer add-ons.", size="2", color=MUTED),
        rx.text("Offered on ", ui.text_link("the plan's page", page), ".", size="2", color=MUTED),
    )
    return ui.section("Add-ons", ui.card(here))
