"""The left of the builder: the plan's basics, and its phases with their rate cards."""

import reflex as rx

from backend.catalog.validation import BILLING_CADENCES
from backend.engine.currency import CURRENCIES
from backend.engine.recurrence import Duration
from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.price_words import period_name
from portal.theme import BORDER, MUTED

FORM = BuilderState.form
COMMON = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "INR", "BRL")
ORDERED = [*COMMON, *sorted(set(CURRENCIES) - set(COMMON))]
CURRENCY_CHOICES = [(code, f"{code} \N{EN DASH} {CURRENCIES[code].name}") for code in ORDERED]
CADENCE_CHOICES = [(text, f"Every {period_name(Duration.parse(text))}") for text in BILLING_CADENCES if text != "P12M"]
UNITS = [("D", "days"), ("W", "weeks"), ("M", "months"), ("Y", "years")]


def problem_at(place: str) -> rx.Var:
    """What is wrong at a place of the plan, once it may be said."""
    return rx.cond(BuilderState.places.contains(place), BuilderState.places[place], "")


def basics() -> rx.Component:
    """Name, key, description, currency, cadence."""
    settled = BuilderState.opened.plan_id != ""
    two = {"columns": rx.breakpoints(initial="1", sm="2"), "gap": "18px", "width": "100%"}
    return ui.section(
        "The plan",
        ui.card(
            rx.flex(
                rx.grid(
                    ui.text_field(
                        "Name",
                        "name",
                        value=FORM.name,
                        on_change=lambda value: BuilderState.put("name", value),
                        placeholder="Growth",
                        problem=problem_at("name"),
                    ),
                    ui.text_field(
                        "Key",
                        "key",
                        value=FORM.key,
                        on_change=lambda value: BuilderState.put("key", value),
                        hint="All versions of the plan share it.",
                        problem=problem_at("key"),
                        read_only=settled,
                    ),
                    **two,
                ),
                ui.text_field(
                    "Description",
                    "description",
                    value=FORM.description,
                    on_change=lambda value: BuilderState.put("description", value),
                    placeholder="For products that are finding their users.",
                    problem=problem_at("description"),
                    optional=True,
                ),
                rx.grid(
                    ui.choice_field(
                        "Currency",
                        "currency",
                        CURRENCY_CHOICES,
                        value=FORM.currency,
                        on_change=lambda value: BuilderState.put("currency", value),
                        problem=problem_at("currency"),
                        disabled=settled,
                    ),
                    ui.choice_field(
                        "Billed",
                        "cadence",
                        CADENCE_CHOICES,
                        value=FORM.cadence,
                        on_change=lambda value: BuilderState.put("cadence", value),
                        problem=problem_at("billingCadence"),
                    ),
                    **two,
                ),
                rx.text(
                    rx.checkbox(
                        "Charge a part of a period by the day",
                        checked=FORM.prorates,
                        on_change=BuilderState.put_prorates,
                        size="2",
                    ),
                    as_="label",
                    size="2",
                ),
                direction="column",
                gap="18px",
            )
        ),
    )


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
        rx.cond(phase.is_last, rx.text("lasts until the subscription ends", size="2", color=MUTED, flex="1"), length),
        rx.box(remove, padding_top="30px"),
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
        for text in (card.price, card.allowance)
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
