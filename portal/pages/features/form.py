"""The drawers of the features page: a new feature, and what a unit of one costs us."""

import reflex as rx

from portal import components as ui
from portal.pages.features.cost_fields import problem, unit_cost_fields
from portal.pages.features.form_state import FILTER, FeatureFormState
from portal.theme import MUTED


def new_feature_form() -> rx.Component:
    """Everything that may be said about a new feature."""
    state = FeatureFormState
    return ui.drawer(
        ui.text_field(
            "Name",
            "name",
            placeholder="Output tokens",
            hint="Buyers read it on the plan and on the invoice.",
            problem=problem("name"),
            on_change=state.name_typed.debounce(150),
            auto_focus=True,
        ),
        ui.text_field(
            "Key",
            "key",
            value=state.key,
            on_change=state.key_typed,
            hint="Your programs ask for the feature by this key; it never changes.",
            problem=problem("key"),
        ),
        ui.text_area("Description", "description", optional=True, problem=problem("description")),
        ui.choice_field(
            "Measured by",
            "meter",
            state.meters,
            value=state.meter,
            on_change=state.choose_meter,
            hint="With a meter it can have a price per unit and a quota.",
        ),
        rx.cond(state.dimensions.length() > 0, _filters(), rx.fragment()),
        *unit_cost_fields(),
        rx.cond(
            state.problems.contains("form"),
            rx.text(state.problems["form"], size="1", color="var(--red-11)", role="alert"),
            rx.fragment(),
        ),
        title="New feature",
        note="Something a customer may use, to be priced and included by plans.",
        is_open=state.form_open,
        on_close=state.close_form,
        on_submit=state.create,
        save="Create feature",
    )


def unit_cost_form() -> rx.Component:
    """What a unit of a feature that is there costs us."""
    state = FeatureFormState
    return ui.drawer(
        *unit_cost_fields(),
        title="Unit cost of " + state.costing_name,
        note="Only you see it: margins are reckoned with it. Nothing that is sold changes.",
        is_open=state.costing != "",
        on_close=state.close_form,
        on_submit=state.save_cost,
    )


def _filters() -> rx.Component:
    def field(dimension: rx.Var) -> rx.Component:
        name = FILTER + dimension.name.to(str)
        return rx.flex(
            rx.el.label(dimension.name, html_for=name, style={"fontSize": "13px", "minWidth": "110px"}),
            rx.input(id=name, name=name, size="2", flex="1", placeholder="any", custom_attrs={"list": name + "-known"}),
            rx.el.datalist(
                rx.foreach(dimension.suggestions, lambda choice: rx.el.option(value=choice[0])), id=name + "-known"
            ),
            align="center",
            gap="10px",
        )

    return rx.el.fieldset(
        rx.el.legend("Count only usage where", style={"fontSize": "13.5px", "fontWeight": "500", "padding": "0"}),
        rx.text(
            "Left empty, every value counts. Several values have commas between them.",
            size="1",
            color=MUTED,
            margin_bottom="10px",
        ),
        rx.flex(rx.foreach(FeatureFormState.dimensions, field), direction="column", gap="8px"),
        style={"border": "0", "padding": "0", "margin": "0"},
    )
