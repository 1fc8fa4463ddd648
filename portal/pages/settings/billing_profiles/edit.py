"""The page on which a billing profile is made or changed, with an invoice under it played through beside."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.settings.billing_profiles.edit_fields import (
    basics,
    collection,
    corrections,
    ending,
    payment,
    seller,
    taxes,
)
from portal.pages.settings.billing_profiles.edit_state import ADDRESS, ProfileState
from portal.session import allowed
from portal.theme import BORDER, MUTED

OPENED = ProfileState.opened


@staff_page("/settings/billing-profiles/new", title="New billing profile", on_load=ProfileState.open_new)
def new_billing_profile() -> rx.Component:
    """A profile with the settings that most have."""
    return _page()


@staff_page("/settings/billing-profiles/[profile_id]", title="Billing profile", on_load=ProfileState.open_profile)
def billing_profile() -> rx.Component:
    """A profile that is there."""
    return _page()


def _page() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            rx.cond(OPENED.id == "", "New billing profile", rx.cond(OPENED.name != "", OPENED.name, "Billing profile")),
            crumbs=[("Billing profiles", ADDRESS)],
            subtitle=rx.cond(
                OPENED.billed != "",
                "It bills " + OPENED.billed.to(str) + ". Changes count for what is still gathered; invoices that were "
                "drawn keep the settings they were drawn with.",
                "Who sells, when invoices are drawn and issued, and how they are paid.",
            ),
        ),
        ui.loaded(ProfileState, _form()),
    )


def _form() -> rx.Component:
    fields = rx.flex(
        basics(),
        seller(),
        collection(),
        payment(),
        ending(),
        corrections(),
        taxes(),
        direction="column",
        gap="28px",
        min_width="0",
    )
    bar = ui.save_bar(
        ui.link_button("Cancel", ADDRESS),
        ui.button("Save", kind="primary", on_click=ProfileState.save),
        state=rx.cond(ProfileState.dirty, "Not saved yet.", ""),
    )
    return ui.unsaved(
        rx.grid(
            fields,
            rx.box(_example(), position=rx.breakpoints(initial="static", md="sticky"), top="24px"),
            columns=rx.breakpoints(initial="minmax(0, 1fr)", md="minmax(0, 1fr) 340px"),
            gap="28px",
            align="start",
            width="100%",
        ),
        allowed(Permission.INVOICES, bar),
        changed=ProfileState.dirty,
    )


def _example() -> rx.Component:
    def step(row: Any) -> rx.Component:
        return rx.el.li(
            rx.text(row.what, size="2", weight="medium"),
            rx.text(row.at, size="1", color=MUTED, class_name="ml-figures"),
            class_name="ml-step",
        )

    return ui.card(
        rx.heading("An invoice for usage of this month", as_="h2", size="3", weight="medium", margin_bottom="14px"),
        rx.el.ol(rx.foreach(ProfileState.steps, step), class_name="ml-steps", style={"borderLeft": BORDER}),
        custom_attrs={"data-testid": "example"},
        aria_live="polite",
    )
