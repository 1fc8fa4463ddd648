"""Edits of a running subscription: rows, entitlements and lines follow, and a refused edit changes nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PhaseTerms
from backend.customers import service as customers
from backend.engine.rate.prices import Flat, Unit
from backend.engine.recurrence import MONTH, Duration
from backend.engine.subscribe.edit import RemoveItem, RemovePhase, Shift, StretchPhase, UnscheduleEdit
from backend.entitlements import service as entitlements
from backend.errors import Conflict, DomainError, Forbidden, Invalid
from backend.infra.context import Context
from backend.subscriptions import service
from backend.subscriptions.service import (
    ItemAddition,
    Moment,
    PhaseAddition,
    SubscriptionEdit,
    SubscriptionInput,
    Timing,
)
from backend.subscriptions.terms import Customization
from tests.conftest import Work
from tests.shop import FEE, TERMS, TOKENS, at, customer, on_sale, tokens_feature, use

START, LATER = at("2026-01-31 10:00"), at("2026-02-10")
DEARER = replace(FEE, price=Flat(Decimal(50)))


@pytest.fixture
def sold(work: Work) -> str:
    """A subscription of `acme`: a month of trial, then the phase `main` with a fee and a quota of tokens."""
    trial = PhaseTerms("trial", "Trial", (replace(TOKENS, price=None),), MONTH)
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx)
        on_sale(ctx, "pro", replace(TERMS, phases=(trial, TERMS.phases[0])))
        return service.create(ctx, SubscriptionInput("acme", "pro")).id


def edit(ctx: Context, sold: str, *wanted: Customization, timing: Timing = Moment.IMMEDIATE) -> None:
    service.edit(ctx, sold, SubscriptionEdit(wanted, timing))


def told(ctx: Context, sold: str) -> list[tuple[str, str, int, str, str]]:
    """Phase, item, version and the days from which and until which it lives."""
    return [
        (phase.row.key, item.row.key, item.row.version, f"{item.lasting.start:%m-%d}", f"{item.lasting.end:%y-%m-%d}")
        for phase in service.detail(ctx, service.get(ctx, sold)).phases
        for item in phase.items
    ]


def test_a_new_price_is_a_new_version_from_now_on(work: Work, sold: str) -> None:
    with work(now=at("2026-03-10")) as ctx:
        edit(ctx, sold, RemoveItem("main", "fee"), ItemAddition("main", DEARER))
        assert told(ctx, sold)[1:3] == [
            ("main", "fee", 0, "02-28", "26-03-10"),
            ("main", "fee", 1, "03-10", "99-12-31"),
        ]
        fees = [
            item for item in service.view(ctx, service.get(ctx, sold)).schedule.phases[1].items if item.key == "fee"
        ]
    assert [item.price for item in fees] == [FEE.price, DEARER.price]


def test_with_the_next_cycle_and_taken_back(work: Work, sold: str) -> None:
    with work(now=at("2026-03-10")) as ctx:
        before = told(ctx, sold)
        edit(ctx, sold, ItemAddition("main", DEARER), timing=Moment.NEXT_BILLING_CYCLE)
        assert told(ctx, sold)[2] == ("main", "fee", 1, "03-31", "99-12-31")
        edit(ctx, sold, UnscheduleEdit())
        assert told(ctx, sold) == before


def test_a_new_quota_goes_on_with_the_usage_of_the_period(work: Work, sold: str) -> None:
    larger = replace(TOKENS, entitlement=MeteredTemplate(issue_after_reset=Decimal(5000)))
    with work(now=at("2026-03-10")) as ctx:
        use(ctx, at("2026-03-09"), 100)
        edit(ctx, sold, ItemAddition("main", larger))
    with work(now=at("2026-03-11"), writing=False) as ctx:
        value = entitlements.value(ctx, customers.get(ctx, "acme"), "tokens")
        assert (value.has_access, value.usage) == (True, Decimal(100))
        assert [found.active_to for found in entitlements.of_subscription(ctx, sold)][1:] == [at("2026-03-10"), None]


def test_without_the_item_there_is_no_access(work: Work, sold: str) -> None:
    with work(now=at("2026-03-10")) as ctx:
        edit(ctx, sold, RemoveItem("main", "tokens"))
        assert not entitlements.value(ctx, customers.get(ctx, "acme"), "tokens").has_access


def test_phases_and_their_entitlements_move_together(work: Work, sold: str) -> None:
    with work(now=LATER) as ctx:
        edit(ctx, sold, StretchPhase("trial", Duration(days=5)))
        moved = at("2026-03-05 10:00")
        lasting = [(found.active_from, found.active_to) for found in entitlements.of_subscription(ctx, sold)]
        assert sorted(lasting) == [(START, moved), (moved, None)]
        edit(ctx, sold, RemovePhase("main", Shift.PREV))
        assert [(found.active_from, found.active_to) for found in entitlements.of_subscription(ctx, sold)] == [
            (START, None)
        ]


def test_a_phase_is_added_and_filled_in_one_edit(work: Work, sold: str) -> None:
    winter = PhaseAddition("winter", "Winter", Duration(months=6))
    with work(now=LATER) as ctx:
        edit(ctx, sold, winter, ItemAddition("winter", DEARER))
        assert told(ctx, sold)[-1] == ("winter", "fee", 0, "07-31", "99-12-31")


@pytest.mark.parametrize(
    ("wanted", "timing", "error"),
    [
        ((ItemAddition("trial", DEARER),), at("2026-03-01"), Invalid),
        ((ItemAddition("trial", DEARER),), Moment.NEXT_BILLING_CYCLE, Invalid),
        ((PhaseAddition("winter", "Winter", Duration(months=6)),), Moment.IMMEDIATE, Invalid),
        ((ItemAddition("trial", DEARER), PhaseAddition("main", "Main")), Moment.IMMEDIATE, Conflict),
        ((ItemAddition("trial", DEARER), ItemAddition("main", DEARER)), Moment.IMMEDIATE, Forbidden),
        ((ItemAddition("trial", replace(DEARER, price=Flat(Decimal(-1)))),), Moment.IMMEDIATE, Invalid),
        ((ItemAddition("trial", replace(FEE, price=Unit(Decimal(1)))),), Moment.IMMEDIATE, Invalid),
    ],
)
def test_a_refused_edit_changes_nothing(
    work: Work, sold: str, wanted: tuple[Customization, ...], timing: Timing, error: type[DomainError]
) -> None:
    with work(now=LATER, writing=False) as ctx:
        before = told(ctx, sold)
    with pytest.raises(error), work(now=LATER) as ctx:
        edit(ctx, sold, *wanted, timing=timing)
    with work(now=LATER, writing=False) as ctx:
        assert told(ctx, sold) == before


def test_only_an_active_subscription_is_edited(work: Work, sold: str) -> None:
    with work(now=LATER) as ctx:
        service.cancel(ctx, sold, Moment.NEXT_BILLING_CYCLE)
        with pytest.raises(Forbidden, match="canceled"):
            edit(ctx, sold, UnscheduleEdit())
