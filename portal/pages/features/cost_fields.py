"""The part of a feature's forms that says what one unit costs us."""

import reflex as rx

from backend.catalog.unit_cost import MANUAL, TOKENS
from backend.engine.cost.unit_cost import CURRENCY, TokenType
from portal import components as ui
from portal.pages.features.cost import KINDS, PARTS
from portal.pages.features.form_state import FeatureFormState

TOKEN_TYPES = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in TokenType]


def unit_cost_fields() -> list[rx.Component]:
    """How much, or whose list price."""
    cost = FeatureFormState.cost
    kind = ui.choice_field(
        "Unit cost",
        "kind",
        list(KINDS),
        value=cost.kind,
        on_change=FeatureFormState.type_cost("kind"),
        hint="What one unit costs you, for your margin.",
    )
    amount = ui.text_field(
        f"Cost of one unit in {CURRENCY}",
        "amount",
        value=cost.amount,
        on_change=FeatureFormState.type_cost("amount"),
        problem=problem("cost.amount"),
        input_mode="decimal",
        placeholder="0.002",
    )
    tokens = rx.flex(*[_part(name, label) for name, label in PARTS], direction="column", gap="14px")
    return [
        kind,
        rx.cond(cost.kind == MANUAL, amount, rx.fragment()),
        rx.cond(cost.kind == TOKENS, tokens, rx.fragment()),
    ]


def _part(name: str, label: str) -> rx.Component:
    """Provider, model or kind of token: always the same, or as a dimension of the usage says."""
    cost, source = FeatureFormState.cost, f"{name}_from"
    said = (
        ui.choice_field(
            label,
            name,
            TOKEN_TYPES,
            value=cost.token_type,
            on_change=FeatureFormState.type_cost(name),
            problem=problem(f"cost.{name}"),
        )
        if name == "token_type"
        else ui.text_field(
            label,
            name,
            value=getattr(cost, name),
            on_change=FeatureFormState.type_cost(name),
            problem=problem(f"cost.{name}"),
        )
    )
    return rx.flex(
        ui.choice_field(
            f"{label} is told by",
            source,
            FeatureFormState.sources,
            value=getattr(cost, source),
            on_change=FeatureFormState.type_cost(source),
        ),
        rx.cond(getattr(cost, source) == "", said, rx.fragment()),
        gap="10px",
        align="start",
    )


def problem(field: str) -> rx.Var:
    """What is wrong with a field; empty when nothing is."""
    return rx.cond(FeatureFormState.problems.contains(field), FeatureFormState.problems[field], "")
