"""Seventeen dated stories of subscriptions and their invoices, from OpenMeter's own tests."""

import json

import pytest

from tests.conftest import Work
from tests.engine.vectors import FOLDER
from tests.scenarios.story import Step, Story

STORIES = json.loads((FOLDER / "subscriptions.json").read_text())["cases"]


@pytest.mark.parametrize("steps", [pytest.param(one["steps"], id=f"{one['id']} {one['name']}") for one in STORIES])
def test_a_story_of_a_subscription(work: Work, steps: list[Step]) -> None:
    Story(work).tell(steps)
