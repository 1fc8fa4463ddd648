"""Step ① of the rate-card wizard: a feature or a fee."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.rate_cards.parts import problem_of, text
from portal.theme import MUTED

KINDS = (
    ("feature", "A feature", "Something used, such as tokens or single sign-on."),
    ("fee", "A fee", "Charged whatever is used, such as a platform fee."),
)


def what(state: Any) -> rx.Component:
    """The choice, then the feature or the fee itself."""
    kind = ui.described_choice(
        "What is sold",
        KINDS,
        value=rx.cond(state.edited.is_fee, "fee", "feature"),
        on_change=state.choose_kind,
    )
    return rx.flex(kind, rx.cond(state.edited.is_fee, _fee(state), _feature(state)), direction="column", gap="18px")


def _feature(state: Any) -> rx.Component:
    card = state.edited
    choices = rx.foreach(state.features, lambda choice: rx.el.option(choice[1], value=choice[0]))
    select = rx.el.select(
        rx.el.option("Choose a feature", value="", disabled=True),
        choices,
        id="card-feature",
        value=card.key,
        on_change=state.choose_feature,
        class_name="ml-select",
    )
    problem = rx.cond(problem_of(state, "featureKey") != "", problem_of(state, "featureKey"), problem_of(state, "key"))
    none_yet = rx.text(
        "There are no features yet. ", ui.text_link("Create one first", "/features"), size="2", color=MUTED
    )
    return rx.flex(
        ui.form_field("Feature", select, name="card-feature", problem=problem, hint=_about_meter(state)),
        rx.cond(state.features.length() == 0, none_yet, rx.fragment()),
        rx.cond(card.key != "", _name(state, "Buyers read it on the plan and on the invoice."), rx.fragment()),
        direction="column",
        gap="18px",
    )


def _about_meter(state: Any) -> rx.Var:
    metered = "Its usage is metered: it can have a price per unit and a quota."
    plain = "It is not metered: it is included, or has a flat price."
    return rx.cond(state.edited.key == "", "", rx.cond(state.edited_is_metered, metered, plain))


def _fee(state: Any) -> rx.Component:
    return rx.flex(
        _name(state, "Such as Platform fee or Onboarding."),
        text(state, "Key", "key", "key", hint="Programs use it; it follows the name."),
        direction="column",
        gap="18px",
    )


def _name(state: Any, hint: str) -> rx.Component:
    return text(state, "Name", "name", "name", hint=hint)
