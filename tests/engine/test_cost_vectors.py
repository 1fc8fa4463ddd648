"""Providers and models have one name, however they are written, as OpenMeter's own tests say."""

import pytest

from backend.engine.cost.names import model_id, provider_id
from tests.engine.vectors import Case, cases


@pytest.mark.parametrize(("given", "expect"), cases("meters", "llm.provider"))
def test_a_provider_has_one_name(given: Case, expect: Case) -> None:
    assert provider_id(given["provider"]) == expect["provider"]
    assert provider_id(f" {given['provider'].upper()} ") == expect["provider"]


@pytest.mark.parametrize(("given", "expect"), cases("meters", "llm.model"))
def test_a_model_has_one_name(given: Case, expect: Case) -> None:
    assert model_id(given["model"]) == expect["model"]
    assert model_id(expect["model"]) == expect["model"]


def test_a_model_loses_region_revision_date_and_points() -> None:
    assert model_id(" US.Anthropic.Claude-3.5-Sonnet-20241022-v2:0 ") == "anthropic.claude-3-5-sonnet"
    assert model_id("gpt-4.1.2-2025-01-01") == "gpt-4-1-2"
