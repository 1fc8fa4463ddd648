"""The phases in the builder, each with its rate cards in words."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.theme import BORDER, MUTED

UNITS = [("D", "days"), ("W", "weeks"), ("M", "months"), ("Y", "years")]


def phases() -> rx.Component:
    """Every phase with its rate cards; the last one lasts."""
    return ui.section(
        "What it charges and includes",
        rx.flex(rx.foreach(BuilderState.lines, _phase), direction="column", gap="14px"),
        note="Rate cards: fees, features with their prices, and how much may be used.",
        actions=ui.button("Add a phase before", icon="milestone", on_click=BuilderState.add_phase),
    )


def _phase(phase: rx.Var, number: rx.Var) -> rx.Component:
    cards = rx.foreach(phase.cards, lambda card, at: _card(card, number, at))
    empty = rx.text("Nothing yet. Add a fee, or a feature with a price.", size="2", color=MUTED, padding="6px 0 14px")
    return ui.card(
        rx.cond(BuilderState.lines.length() > 1, _phase_head(phase, number), rx.fragment()),
        rx.cond(phase.cards.length() > 0, cards, empty),
        rx.cond(phase.cards_problem != "", _alert(phase.cards_problem), rx.fragment()),
        ui.button("Add a rate card", icon="plus", on_click=BuilderState.open_card(number, -1)),
        custom_attrs={"data-testid": "phase"},
    )


def _phase_head(phase: rx.Var, number: rx.Var) -> rx.Component:
    name = "phase-name-" + number.to_string()
    lasts = "phase-lasts-" + number.to_string()
    length = rx.flex(
        ui.text_field(
            "Lasts",
            lasts,
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
        flex="1",
        min_width="200px",
    )
    remove = ui.button("Remove phase", icon="trash-2", kind="quiet", on_click=BuilderState.remove_phase(number))
    return rx.flex(
        rx.box(
            ui.text_field(
                "Phase",
                name,
                value=phase.name,
                on_change=lambda value: BuilderState.put_phase(number, "name", value),
                problem=phase.name_problem,
            ),
            flex="1",
            min_width="180px",
        ),
        rx.cond(
            phase.is_last,
            rx.text("lasts until the subscription ends", size="2", color=MUTED, flex="1", padding_top="31px"),
            length,
        ),
        rx.box(remove, padding_top=rx.breakpoints(initial="0", sm="30px")),
        gap="14px",
        wrap="wrap",
        align="start",
        border_bottom=BORDER,
        margin="0 -20px 14px",
        padding="0 20px 16px",
    )


def _card(card: rx.Var, number: rx.Var, at: rx.Var) -> rx.Component:
    said = [
        rx.cond(text != "", rx.text(text, size="2", color=MUTED, class_name="ml-figures ml-sentence"), rx.fragment())
        for text in (rx.cond((card.price == "free") & (card.allowance != ""), "", card.price), card.allowance)
    ]
    return rx.flex(
        rx.flex(
            rx.text(card.name, size="2", weight="medium"),
            *said,
            rx.cond(card.problem != "", _alert(card.problem), rx.fragment()),
            direction="column",
            gap="2px",
            min_width="0",
        ),
        rx.flex(
            ui.button(
                "Edit", kind="quiet", aria_label="Edit " + card.name, on_click=BuilderState.open_card(number, at)
            ),
            ui.button(
                "Remove", kind="quiet", aria_label="Remove " + card.name, on_click=BuilderState.remove_card(number, at)
            ),
            gap="18px",
            padding_right="8px",
        ),
        justify="between",
        align="center",
        gap="14px",
        padding="0 0 14px",
        margin_bottom="14px",
        border_bottom=BORDER,
        custom_attrs={"data-testid": "rate-card"},
    )


def _alert(text: rx.Var) -> rx.Component:
    return rx.text(text, size="1", color="var(--red-11)", role="alert")
