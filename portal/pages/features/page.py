"""Features: what customers may use, which meter counts it, and which plans sell it."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.features.state import ARCHIVED, FILTER, FeaturesState
from portal.session import allowed
from portal.theme import MUTED

TEACHES = (
    "A feature is something a customer may use, such as tokens, storage or single sign-on. "
    "Plans price it and say how much of it is included."
)


@staff_page("/features", title="Features", on_load=FeaturesState.load)
def features_page() -> rx.Component:
    """The list, the form in a drawer, the question before archiving."""
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
                ui.Column("Used in", lambda row: ui.figure_text(row.used_in), tight=True),
                ui.Column("Status", lambda row: ui.status_badge(row.status)),
                ui.Column("Since", lambda row: ui.when(row.since)),
            ],
            label="Features",
            search="Search by name or key",
            chips=[("", "In use"), (ARCHIVED, "Archived")],
            menu=_menu,
            empty=ui.empty_state("No features yet", TEACHES, _new("Create the first feature"), icon="shapes"),
        ),
        _form(),
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
    new = ui.button(label, kind="primary", icon="plus", on_click=FeaturesState.open_form)
    return allowed(Permission.CATALOG, new)


def _name(row: rx.Var) -> rx.Component:
    return rx.flex(
        rx.text(row.name, size="2", weight="medium"),
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


def _menu(row: rx.Var) -> rx.Component:
    menu = ui.row_menu(
        "Actions for " + row.name, ui.menu_item("Archive", FeaturesState.ask_archive(row.id), danger=True)
    )
    return rx.cond(row.status == ARCHIVED, rx.fragment(), allowed(Permission.CATALOG, menu))


def _form() -> rx.Component:
    return ui.drawer(
        ui.text_field(
            "Name",
            "name",
            placeholder="Output tokens",
            hint="Buyers read it on the plan and on the invoice.",
            problem=_problem("name"),
            on_change=FeaturesState.name_typed.debounce(150),
            auto_focus=True,
        ),
        ui.text_field(
            "Key",
            "key",
            value=FeaturesState.key,
            on_change=FeaturesState.key_typed,
            hint="Your programs ask for the feature by this key; it never changes.",
            problem=_problem("key"),
        ),
        ui.choice_field(
            "Measured by",
            "meter",
            FeaturesState.meters,
            value=FeaturesState.meter,
            on_change=FeaturesState.choose_meter,
            hint="With a meter it can have a price per unit and a quota.",
        ),
        rx.cond(FeaturesState.dimensions.length() > 0, _filters(), rx.fragment()),
        title="New feature",
        note="Something a customer may use, to be priced and included by plans.",
        is_open=FeaturesState.form_open,
        on_close=FeaturesState.close_form,
        on_submit=FeaturesState.create,
        save="Create feature",
    )


def _filters() -> rx.Component:
    def field(dimension: rx.Var) -> rx.Component:
        name = FILTER + dimension.to(str)
        return rx.flex(
            rx.el.label(dimension, html_for=name, style={"fontSize": "13px", "minWidth": "110px"}),
            rx.input(id=name, name=name, size="2", flex="1", placeholder="any"),
            align="center",
            gap="10px",
        )

    return rx.el.fieldset(
        rx.el.legend("Count only usage where", style={"fontSize": "13.5px", "fontWeight": "500", "padding": "0"}),
        rx.text("Left empty, every value counts.", size="1", color=MUTED, margin_bottom="10px"),
        rx.flex(rx.foreach(FeaturesState.dimensions, field), direction="column", gap="8px"),
        style={"border": "0", "padding": "0", "margin": "0"},
    )


def _problem(field: str) -> rx.Var:
    return rx.cond(FeaturesState.problems.contains(field), FeaturesState.problems[field], "")
