"""The phases in the builder: the timeline, then each phase with its rate cards in words."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.phases import UNITS
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.builder.timeline import timeline
from portal.rate_cards.listed import listed_cards
from portal.theme import BORDER, MUTED

SEVERAL = BuilderState.lines.length() > 1


def phases() -> rx.Component:
    """Every phase with its rate cards; the last one lasts."""
    return ui.section(
        "What it charges and includes",
        rx.flex(
            rx.cond(SEVERAL, timeline(), rx.fragment()),
            rx.foreach(BuilderState.lines, _phase),
            direction="column",
            gap="14px",
        ),
        note="Phases follow each other, such as a trial and then the paid plan; each has its own rate cards.",
        actions=ui.button("Add a phase before", icon="milestone", on_click=BuilderState.add_phase),
    )


def _phase(phase: rx.Var, number: rx.Var) -> rx.Component:
    empty = rx.flex(
        rx.text("Nothing yet. Add a fee, or a feature with a price.", size="2", color=MUTED),
        rx.cond(
            ~phase.is_last,
            ui.button("Start with those of the last phase", icon="copy", on_click=BuilderState.copy_cards(number)),
            rx.fragment(),
        ),
        align="center",
        justify="between",
        gap="10px",
        wrap="wrap",
        padding="6px 0 14px",
    )
    return ui.card(
        rx.cond(SEVERAL, _phase_head(phase, number), rx.fragment()),
        rx.cond(phase.cards.length() > 0, listed_cards(BuilderState, phase.cards, number), empty),
        rx.cond(
            phase.cards_problem != "",
            rx.text(phase.cards_problem, size="1", color="var(--red-11)", role="alert", margin_bottom="10px"),
            rx.fragment(),
        ),
        ui.button("Add a rate card", icon="plus", on_click=BuilderState.open_card(number, -1)),
        id="phase-" + number.to_string(),
        scroll_margin_top="70px",
        custom_attrs={"data-testid": "phase"},
    )


def _phase_head(phase: rx.Var, number: rx.Var) -> rx.Component:
    return rx.box(
        ui.text_field(
            "Phase",
            "phase-name-" + number.to_string(),
            value=phase.name,
            on_change=lambda value: BuilderState.put_phase(number, "name", value),
            problem=phase.name_problem,
        ),
        rx.cond(
            phase.is_last,
            rx.text("lasts until the subscription ends", size="2", color=MUTED, padding_top=["0", "31px"]),
            _length(phase, number),
        ),
        rx.flex(_menu(phase, number), padding_top="31px", align="center", justify="end"),
        class_name="ml-phase-head",
        border_bottom=BORDER,
        margin="0 -20px 14px",
        padding="0 20px 16px",
    )


def _length(phase: rx.Var, number: rx.Var) -> rx.Component:
    return rx.flex(
        ui.text_field(
            "Lasts",
            "phase-lasts-" + number.to_string(),
            value=phase.lasts,
            on_change=lambda value: BuilderState.put_phase(number, "lasts", value),
            problem=phase.lasts_problem,
            input_mode="numeric",
        ),
        ui.choice_field(
            "Unit",
            "phase-unit-" + number.to_string(),
            UNITS,
            value=phase.unit,
            on_change=lambda value: BuilderState.put_phase(number, "unit", value),
        ),
        gap="10px",
        min_width="0",
    )


def _menu(phase: rx.Var, number: rx.Var) -> rx.Component:
    return ui.row_menu(
        "Actions for phase " + phase.name,
        rx.cond(number > 0, ui.menu_item("Move earlier", BuilderState.move_phase(number, -1)), rx.fragment()),
        rx.cond(~phase.is_last, ui.menu_item("Move later", BuilderState.move_phase(number, 1)), rx.fragment()),
        ui.menu_item("Remove phase", BuilderState.ask_remove_phase(number), danger=True),
    )
