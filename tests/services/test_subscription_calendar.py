"""Subscriptions on awkward days: month ends, leap days, phases that follow each other."""

from dataclasses import replace
from datetime import datetime

import pytest

from backend.catalog.terms import PhaseTerms
from backend.engine.recurrence import MONTH, Duration
from backend.subscriptions import service
from backend.subscriptions.service import SubscriptionInput
from tests.conftest import Work
from tests.shop import FEE, TERMS, at, customer, on_sale


def phase_starts(work: Work, start: datetime, *lengths: Duration, starting_phase: str | None = None) -> list[str]:
    """The days on which the phases of such lengths, and one without an end, begin."""
    phases = [PhaseTerms(f"p{number}", "Phase", (FEE,), length) for number, length in enumerate((*lengths, None))]
    with work(now=start) as ctx:
        customer(ctx)
        on_sale(ctx, "pro", replace(TERMS, phases=tuple(phases)))
        sold = service.create(ctx, SubscriptionInput("acme", "pro", starting_phase=starting_phase))
        return [f"{phase.row.active_from:%m-%d}" for phase in service.detail(ctx, sold).phases]


@pytest.mark.parametrize(
    ("lengths", "starts"),
    [
        ((MONTH, MONTH), ["01-31", "02-28", "03-31"]),
        ((MONTH, MONTH, MONTH), ["01-31", "02-28", "03-31", "04-30"]),
        ((Duration(days=14), MONTH), ["01-31", "02-14", "03-14"]),
    ],
)
def test_a_phase_starts_all_earlier_lengths_after_the_subscription(
    work: Work, lengths: tuple[Duration, ...], starts: list[str]
) -> None:
    assert phase_starts(work, at("2026-01-31"), *lengths) == starts


def test_phases_before_the_starting_phase_take_no_time(work: Work) -> None:
    assert phase_starts(work, at("2026-01-31"), MONTH, MONTH, MONTH, starting_phase="p1") == [
        "01-31",
        "01-31",
        "02-28",
        "03-31",
    ]
