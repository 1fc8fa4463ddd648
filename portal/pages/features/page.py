"""Features: what customers may use, which meter counts it, what it costs us, and which plans sell it."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.features.form import new_feature_form, unit_cost_form
from portal.pages.features.form_state import FeatureFormState
from portal.pages.features.rows import ARCHIVED
from portal.pages.features.state import FeaturesState
from portal.session import allowed
from portal.theme import MUTED

TEACHES = (
    "A feature is something a customer may use, such as tokens, storage or single sign-on. "
    "Plans price it and say how much of it is included."
)


@staff_page("/features", title="Features", on_load=FeaturesState.arrive)
def features_page() -> rx.Component:
    """The list, the forms in drawers, the question before archiving."""
    return rx.fragment(
        ui.page_header(
            "Features",
            subtitle="What customers may use, and the meter that counts it.",
            actions=[_new("New feature")],
        ),
        ui.data_table(
            FeaturesState,
            [
                ui.Column("Name", _name),
                ui.Column("Measured by", _meter),
                ui.Column("Unit cost", _cost, end=True, wide=True),
                ui.Column("Used in", lambda row: ui.figure_text(row.used_in), tight=True),
                ui.Column("Status", lambda row: ui.status_badge(row.status), wide=True),
                ui.Column("Since", lambda row: ui.when(row.since), wide=True),
            ],
            label="Features",
            search="Search by name or key",
            chips=[("", "In use"), (ARCHIVED, "Archived")],
            menu=_menu,
            export=True,
            empty=ui.empty_state("No features yet", TEACHES, _new("Create the first feature"), icon="shapes"),
        ),
        new_feature_form(),
        unit_cost_form(),
        ui.confirm_when(
            FeaturesState.archiving != "",
            FeaturesState.keep,
            "Archive " + FeaturesState.archiving_name + "?",
            FeaturesState.consequence,
            "Archive feature",
            FeaturesState.archive,
        ),
    )


def _new(label: str) -> rx.Component:
    new = ui.button(label, kind="primary", icon="plus", on_click=FeatureFormState.open_form)
    return allowed(Permission.CATALOG, new)


def _name(row: rx.Var) -> rx.Component:
    return rx.flex(
        rx.text(row.name, size="2", weight="medium", title=row.description),
        rx.text(row.key, size="1", color=MUTED),
        direction="column",
        gap="1px",
    )


def _meter(row: rx.Var) -> rx.Component:
    measured = rx.flex(
        ui.text_link(row.meter, row.meter_href),
        rx.cond(row.filters != "", rx.text("where ", row.filters, size="1", color=MUTED), rx.fragment()),
        direction="column",
        gap="1px",
    )
    return rx.cond(row.meter != "", measured, rx.text("not metered", size="2", color=MUTED))


def _cost(row: rx.Var) -> rx.Component:
    told = rx.flex(
        ui.figure_text(row.cost),
        rx.cond(row.cost_by != "", rx.text(row.cost_by, size="1", color=MUTED), rx.fragment()),
        direction="column",
        align="end",
        gap="1px",
    )
    return rx.cond(row.cost != "", told, rx.text("not told", size="2", color=MUTED))


def _menu(row: rx.Var) -> rx.Component:
    """Only with something in it: looking at usage needs a meter, changing needs a right and a feature in use."""
    label, in_use = "Actions for " + row.name, row.status != ARCHIVED
    changing = rx.fragment(
        ui.menu_item("Change the unit cost", FeatureFormState.open_cost(row.id)),
        ui.menu_item("Archive", FeaturesState.ask_archive(row.id), danger=True),
    )
    change = rx.cond(in_use, allowed(Permission.CATALOG, changing), rx.fragment())
    return rx.cond(
        row.query_href != "",
        ui.row_menu(label, ui.menu_link("Query its usage", row.query_href), change),
        rx.cond(in_use, allowed(Permission.CATALOG, ui.row_menu(label, changing)), rx.fragment()),
    )
