"""The plan builder: creates, prices and publishes a plan without code, with what a customer would pay beside it."""

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.plans.builder.beside import beside
from portal.pages.plans.builder.fields import basics
from portal.pages.plans.builder.phase_fields import phases
from portal.pages.plans.builder.state import BuilderState
from portal.rate_cards.wizard import wizard
from portal.theme import BORDER, MUTED, SURFACE

OPENED = BuilderState.opened


@staff_page("/plans/new", title="New plan", on_load=BuilderState.open_new)
def new_plan_page() -> rx.Component:
    """An empty plan."""
    return _page()


@staff_page("/plans/[plan_id]/edit", title="Edit plan", on_load=BuilderState.open_draft)
def edit_plan_page() -> rx.Component:
    """A draft."""
    return _page()


def _page() -> rx.Component:
    is_new = OPENED.plan_id == ""
    return rx.fragment(
        ui.page_header(
            rx.cond(is_new, "New plan", rx.cond(BuilderState.form.name != "", BuilderState.form.name, "Plan")),
            crumbs=[("Plans", "/plans")],
            subtitle=rx.cond(
                is_new,
                "It stays a draft until you publish it.",
                rx.cond(OPENED.version != "", OPENED.version + ", draft", ""),
            ),
        ),
        ui.loaded(BuilderState, _builder()),
    )


def _builder() -> rx.Component:
    return rx.box(
        rx.grid(
            rx.flex(basics(), phases(), direction="column", gap="28px", min_width="0"),
            beside(),
            columns=rx.breakpoints(initial="minmax(0, 1fr)", md="minmax(0, 1fr) 380px"),
            gap="28px",
            width="100%",
            align="start",
            padding_bottom="72px",
        ),
        _bar(),
        wizard(BuilderState, add="Add to plan"),
        ui.confirm_when(
            BuilderState.removal != "",
            BuilderState.keep_phase,
            "Remove this phase?",
            BuilderState.removal,
            "Remove phase",
            BuilderState.remove_phase,
        ),
        ui.confirm_when(
            BuilderState.question != "",
            BuilderState.stay,
            "Publish " + BuilderState.form.name + "?",
            BuilderState.question,
            "Publish",
            BuilderState.publish,
            danger=False,
        ),
        width="100%",
        custom_attrs={"data-unsaved": rx.cond(BuilderState.dirty, "true", "false")},
    )


def _bar() -> rx.Component:
    """Always in sight: where things stand, Cancel, Save draft, Publish."""
    back = rx.cond(OPENED.plan_id == "", "/plans", "/plans/" + OPENED.plan_id)
    count = BuilderState.to_do.length()
    state = rx.cond(
        count == 0,
        "Ready to publish.",
        rx.cond(count == 1, "One thing is left to do.", count.to_string() + " things are left to do."),
    )
    return rx.flex(
        rx.text(state, size="2", color=MUTED, aria_live="polite", display=["none", "none", "block"]),
        rx.flex(
            ui.link_button("Cancel", back),
            ui.button("Save draft", on_click=BuilderState.save),
            ui.button("Publish", kind="primary", icon="rocket", on_click=BuilderState.ask_publish),
            gap="10px",
            margin_left="auto",
        ),
        align="center",
        justify="between",
        gap="16px",
        position="fixed",
        bottom="0",
        right="0",
        left=rx.breakpoints(initial="0", lg="236px"),
        padding="12px clamp(16px, 3vw, 40px)",
        background=SURFACE,
        border_top=BORDER,
        z_index="9",
        class_name="ml-chrome",
    )
