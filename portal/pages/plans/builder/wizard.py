"""The rate-card wizard: ① a feature or a fee, ② its price, ③ how much may be used."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.builder.wizard_allowance import allowance
from portal.pages.plans.builder.wizard_parts import problem_of
from portal.pages.plans.builder.wizard_price import price
from portal.theme import BORDER, MUTED

CARD = BuilderState.edited
STEPS = ((1, "What is sold"), (2, "Price"), (3, "Allowance"))


def wizard() -> rx.Component:
    """A dialog with Back and Continue; the rate card joins the plan at the end."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(rx.cond(BuilderState.at == -1, "Add a rate card", "Edit rate card"), size="4", margin="0"),
            rx.dialog.description("A price on the plan, and what the customer gets for it.", size="2", color=MUTED),
            _steps(),
            rx.match(BuilderState.step, (1, _what()), (2, price()), allowance()),
            _foot(),
            max_width="600px",
            on_interact_outside=rx.prevent_default,
            custom_attrs={"data-testid": "wizard"},
        ),
        open=BuilderState.wizard_open,
        on_open_change=BuilderState.close_card,
    )


def _steps() -> rx.Component:
    def step(number: int, label: str) -> rx.Component:
        here = BuilderState.step == number
        return rx.el.li(
            rx.center(
                str(number),
                width="21px",
                height="21px",
                border_radius="999px",
                font_size="12px",
                font_weight="600",
                background=rx.cond(here, "var(--accent-9)", "var(--gray-a4)"),
                color=rx.cond(here, "white", "var(--gray-11)"),
            ),
            rx.text(label, size="2", weight="medium", color=rx.cond(here, "var(--gray-12)", "var(--gray-11)")),
            style={"display": "flex", "alignItems": "center", "gap": "8px"},
            aria_current=rx.cond(here, "step", "false"),
        )

    drawn = [step(number, label) for number, label in STEPS]
    return rx.el.ol(
        *drawn[:2],
        rx.cond(CARD.is_fee, rx.fragment(), drawn[2]),
        style={
            "display": "flex",
            "flexWrap": "wrap",
            "gap": "10px 22px",
            "listStyle": "none",
            "margin": "16px 0 18px",
            "padding": "0 0 14px",
            "borderBottom": BORDER,
        },
    )


def _what() -> rx.Component:
    kind = rx.radio_cards.root(
        *[
            rx.radio_cards.item(
                rx.flex(
                    rx.text(title, size="2", weight="medium"),
                    rx.text(note, size="1", color=MUTED),
                    direction="column",
                    gap="2px",
                    text_align="left",
                    width="100%",
                ),
                value=value,
            )
            for value, title, note in (
                ("feature", "A feature", "Something used, such as tokens or single sign-on."),
                ("fee", "A fee", "Charged whatever is used, such as a platform fee."),
            )
        ],
        value=rx.cond(CARD.is_fee, "fee", "feature"),
        on_value_change=BuilderState.choose_kind,
        columns=rx.breakpoints(initial="1", sm="2"),
        aria_label="What is sold",
    )
    return rx.flex(kind, rx.cond(CARD.is_fee, _fee(), _feature()), direction="column", gap="18px")


def _feature() -> rx.Component:
    choices = rx.foreach(BuilderState.features, lambda choice: rx.el.option(choice[1], value=choice[0]))
    select = rx.el.select(
        rx.el.option("Choose a feature", value="", disabled=True),
        choices,
        id="card-feature",
        value=CARD.key,
        on_change=BuilderState.choose_feature,
        class_name="ml-select",
    )
    problem = rx.cond(problem_of("featureKey") != "", problem_of("featureKey"), problem_of("key"))
    return rx.flex(
        ui.form_field("Feature", select, name="card-feature", problem=problem, hint=_about_meter()),
        rx.cond(
            BuilderState.features.length() == 0,
            rx.text(
                "There are no features yet. ", ui.text_link("Create one first", "/features"), size="2", color=MUTED
            ),
            rx.fragment(),
        ),
        rx.cond(CARD.key != "", _name("Buyers read it on the plan and on the invoice."), rx.fragment()),
        direction="column",
        gap="18px",
    )


def _about_meter() -> rx.Var:
    metered = "Its usage is metered: it can have a price per unit and a quota."
    plain = "It is not metered: it is included, or has a flat price."
    return rx.cond(CARD.key == "", "", rx.cond(BuilderState.edited_is_metered, metered, plain))


def _fee() -> rx.Component:
    return rx.flex(
        _name("Such as Platform fee or Onboarding."),
        ui.text_field(
            "Key",
            "card-key",
            value=CARD.key,
            on_change=lambda value: BuilderState.put_card("key", value),
            problem=problem_of("key"),
        ),
        direction="column",
        gap="18px",
    )


def _name(hint: str) -> rx.Component:
    return ui.text_field(
        "Name",
        "card-name",
        value=CARD.name,
        on_change=lambda value: BuilderState.put_card("name", value),
        hint=hint,
        problem=problem_of("name"),
    )


def _foot() -> rx.Component:
    is_last = (BuilderState.step == 3) | ((BuilderState.step == 2) & CARD.is_fee)
    done = rx.cond(BuilderState.at == -1, "Add to plan", "Done")
    return rx.flex(
        ui.button("Cancel", on_click=BuilderState.close_card),
        rx.flex(
            rx.cond(
                BuilderState.step > 1,
                ui.button("Back", on_click=BuilderState.go(BuilderState.step - 1)),
                rx.fragment(),
            ),
            ui.button(
                rx.cond(is_last, done, "Continue"), kind="primary", on_click=BuilderState.go(BuilderState.step + 1)
            ),
            gap="10px",
        ),
        justify="between",
        margin_top="24px",
        padding_top="14px",
        border_top=BORDER,
    )
