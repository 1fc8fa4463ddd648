"""The add-on builder: the same rate cards as a plan's, sold on top of plans, once or several times."""

import reflex as rx

from backend.catalog.models import InstanceType
from portal import components as ui
from portal.frame import staff_page
from portal.pages.addons.builder_state import AddonBuilderState
from portal.rate_cards.builder_parts import builder_header, builder_layout, choice_at, left_to_do, text_at
from portal.rate_cards.costs import what_a_customer_pays
from portal.rate_cards.currencies import CURRENCY_CHOICES
from portal.rate_cards.drawn_card import draw_card
from portal.rate_cards.listed import listed_cards
from portal.rate_cards.wizard import wizard
from portal.theme import MUTED

INSTANCES = (
    (InstanceType.SINGLE.value, "Once", "Such as a support package."),
    (InstanceType.MULTIPLE.value, "Several times", "Such as seats. Prices are flat, paid for each."),
)


@staff_page("/add-ons/new", title="New add-on", on_load=AddonBuilderState.open_new)
def new_addon_page() -> rx.Component:
    """An empty add-on."""
    return _page()


@staff_page("/add-ons/[addon_id]/edit", title="Edit add-on", on_load=AddonBuilderState.open_draft)
def edit_addon_page() -> rx.Component:
    """A draft."""
    return _page()


def _page() -> rx.Component:
    return rx.fragment(
        builder_header(AddonBuilderState, "New add-on", "Add-ons"),
        ui.loaded(AddonBuilderState, _builder()),
    )


def _builder() -> rx.Component:
    beside = rx.flex(
        draw_card(AddonBuilderState.card, status=False),
        rx.cond(
            AddonBuilderState.wizard_open,
            rx.fragment(),
            ui.card(what_a_customer_pays(AddonBuilderState, choose=True)),
        ),
        left_to_do(AddonBuilderState),
        direction="column",
        gap="16px",
        min_width="0",
    )
    return builder_layout(
        AddonBuilderState,
        rx.flex(_basics(), _cards(), direction="column", gap="28px", min_width="0"),
        beside,
        wizard(AddonBuilderState, add="Add to add-on"),
    )


def _basics() -> rx.Component:
    settled = AddonBuilderState.opened.id != ""
    two = {"columns": rx.breakpoints(initial="1", sm="2"), "gap": "18px", "width": "100%"}
    fields = rx.flex(
        rx.grid(
            text_at(AddonBuilderState, "Name", "name", placeholder="Extra seats"),
            text_at(AddonBuilderState, "Key", "key", hint="All versions of the add-on share it.", read_only=settled),
            **two,
        ),
        text_at(
            AddonBuilderState, "Description", "description", placeholder="One more person on the team.", optional=True
        ),
        rx.box(
            rx.text("How often a customer can have it", size="2", weight="medium", margin_bottom="6px"),
            ui.described_choice(
                "How often a customer can have it",
                INSTANCES,
                value=AddonBuilderState.form.instance,
                on_change=AddonBuilderState.put_instance,
            ),
        ),
        rx.grid(
            choice_at(AddonBuilderState, "Currency", "currency", CURRENCY_CHOICES, "currency", disabled=settled), **two
        ),
        direction="column",
        gap="18px",
    )
    return ui.section("The add-on", ui.card(fields))


def _cards() -> rx.Component:
    problem = AddonBuilderState.cards_problem
    said = rx.text(problem, size="1", color="var(--red-11)", role="alert", margin_bottom="10px")
    empty = rx.text("Nothing yet. Add a fee, or more of a feature.", size="2", color=MUTED, padding="6px 0 14px")
    card = ui.card(
        rx.cond(
            AddonBuilderState.lines.length() > 0, listed_cards(AddonBuilderState, AddonBuilderState.lines, 0), empty
        ),
        rx.cond(problem != "", said, rx.fragment()),
        ui.button("Add a rate card", icon="plus", on_click=AddonBuilderState.open_card(0, -1)),
    )
    return ui.section(
        "What it charges and includes",
        card,
        note="A rate card with the key of one of the plan's is added to it: flat prices and quotas add up.",
    )
