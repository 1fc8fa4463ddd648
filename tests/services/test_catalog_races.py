"""Many people change one plan or one add-on at the same moment: one of them wins, and the versions stay in order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from backend.catalog.models import InstanceType
from backend.catalog.service import addons, offers, plans
from backend.catalog.terms import AddonInput, AddonTerms, OfferTerms, PlanInput
from backend.errors import Conflict, DomainError, Forbidden
from backend.infra.context import Context, unit_of_work
from tests.conftest import Work
from tests.shop import FEE, one_phase

PEOPLE = 6
SEATS = AddonInput("seats", "USD", AddonTerms("Seats", InstanceType.SINGLE, (FEE,)))
PRO = PlanInput("pro", "USD", one_phase(FEE))

Change = Callable[[Context], object]


def at_once(change: Change) -> list[DomainError | None]:
    """What became of the same change when several people made it at the same moment; None is success."""
    barrier = Barrier(PEOPLE)

    def one(_: int) -> DomainError | None:
        barrier.wait()
        try:
            with unit_of_work() as ctx:
                change(ctx)
        except DomainError as error:
            return error
        return None

    with ThreadPoolExecutor(PEOPLE) as people:
        return list(people.map(one, range(PEOPLE)))


def only_one_succeeded(outcomes: list[DomainError | None]) -> bool:
    refused = [outcome for outcome in outcomes if outcome is not None]
    return len(refused) == PEOPLE - 1 and all(isinstance(error, Conflict | Forbidden) for error in refused)


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_plan_published_by_many_has_one_active_version(work: Work, known: int) -> None:
    with work() as ctx:
        for _ in range(known):
            plans.publish(ctx, plans.create(ctx, PRO).row.id)
        draft = plans.create(ctx, PRO).row.id
    assert only_one_succeeded(at_once(lambda ctx: plans.publish(ctx, draft)))
    with work() as ctx:
        statuses = [status for _, status in plans.versions(ctx, ["pro"])["pro"]]
        assert statuses == [*["archived"] * known, "active"]


@pytest.mark.parametrize("known", [0, 1, 2])
def test_an_add_on_published_by_many_has_one_active_version(work: Work, known: int) -> None:
    with work() as ctx:
        for _ in range(known):
            addons.publish(ctx, addons.create(ctx, SEATS).row.id)
        draft = addons.create(ctx, SEATS).row.id
    assert only_one_succeeded(at_once(lambda ctx: addons.publish(ctx, draft)))
    with work() as ctx:
        statuses = [status for _, status in addons.versions(ctx, ["seats"])["seats"]]
        assert statuses == [*["archived"] * known, "active"]


def test_many_who_start_a_key_leave_one_draft(work: Work) -> None:
    assert only_one_succeeded(at_once(lambda ctx: addons.create(ctx, SEATS)))
    assert only_one_succeeded(at_once(lambda ctx: plans.create(ctx, PRO)))


def test_many_who_start_the_next_version_leave_one_draft(work: Work) -> None:
    with work() as ctx:
        addons.publish(ctx, addons.create(ctx, SEATS).row.id)
    assert only_one_succeeded(at_once(lambda ctx: addons.next_version(ctx, "seats")))
    with work() as ctx:
        assert [row.version for row, _ in addons.versions(ctx, ["seats"])["seats"]] == [1, 2]


def test_many_who_offer_one_add_on_offer_it_once(work: Work) -> None:
    with work() as ctx:
        seats = addons.publish(ctx, addons.create(ctx, SEATS).row.id).row.id
        pro = plans.create(ctx, PRO).row.id
    assert only_one_succeeded(at_once(lambda ctx: offers.create(ctx, pro, seats, OfferTerms("main"))))
    with work() as ctx:
        assert len(offers.of_plan(ctx, pro)) == 1
