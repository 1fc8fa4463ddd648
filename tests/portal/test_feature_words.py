"""Features in words: what of a meter they count, and what a unit of them costs us."""

from decimal import Decimal
from typing import Any

import pytest

from backend.catalog.unit_cost import to_document
from backend.engine.cost.unit_cost import ManualCost, TokenCost, mistakes
from backend.errors import Invalid
from portal.filter_words import narrowed_words
from portal.pages.features.cost import CostForm, cost_words, form_of, problems_of, read_cost

TOKENS = TokenCost(provider="openai", model_property="model", token_type="output")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"model": "large"}, "model is large"),
        ({"model": {"$in": ["large", "small"]}, "region": {"$ne": "eu"}}, "model is large or small, region is not eu"),
        ({"model": {"$or": [{"$like": "gpt%"}, {"$exists": False}]}}, "(model is like gpt% or model has no value)"),
        ({}, ""),
    ],
)
def test_filters_are_told_in_words(wanted: Any, said: str) -> None:
    assert narrowed_words(wanted) == said


@pytest.mark.parametrize("cost", [None, ManualCost(Decimal("0.0004")), TOKENS])
def test_what_is_kept_can_be_typed_again(cost: Any) -> None:
    assert read_cost(form_of(to_document(cost))) == cost


def test_costs_are_told_in_words() -> None:
    assert cost_words(to_document(ManualCost(Decimal("0.0004")))) == ("$0.0004", "")
    assert cost_words(to_document(TOKENS)) == ("LLM list price", "openai, model by model, output")
    assert cost_words(None) == ("", "")


@pytest.mark.parametrize("amount", ["", "free", "NaN", "1e400"])
def test_an_amount_that_is_no_number_is_told_at_its_field(amount: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_cost(CostForm(kind="manual", amount=amount))
    assert list(problems_of(refused.value)) == ["cost.amount"]


def test_what_the_service_refuses_is_told_at_its_field() -> None:
    empty = read_cost(CostForm(kind="llm", model_from="color"))
    assert empty is not None
    refused = Invalid("no", issues=mistakes(empty, ["model"]))
    assert problems_of(refused) == {
        "cost.provider": "Give either a fixed one, or the dimension that tells it",
        "cost.model": "The meter has no dimension color",
    }


def test_nobody_types_what_the_form_does_not_have() -> None:
    assert CostForm().typed("__class__", "x") == CostForm()
