"""Step ① of the rate-card wizard: a feature or a fee."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.builder.wizard_parts import problem_of
from portal.theme import MUTED

CARD = BuilderState.edited


def what() -> rx.Component:
    """The choice, then the feature or the fee itself."""
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
