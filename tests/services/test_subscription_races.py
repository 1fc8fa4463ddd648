"""Two people change one subscription at the same moment: one after the other, and never half of each."""

import threading
from collections.abc import Callable

import pytest

from backend.engine.subscribe.edit import RemoveItem
from backend.errors import Conflict, Forbidden
from backend.infra.context import Context, unit_of_work
from backend.subscriptions import service
from backend.subscriptions.service import PlanChange, SubscriptionEdit, SubscriptionInput
from tests.conftest import Work
from tests.shop import at, customer, on_sale, tokens_feature

START, LATER = at("2026-01-31 10:00"), at("2026-02-10")


@pytest.fixture
def sold(work: Work) -> str:
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx)
        on_sale(ctx)
        return service.create(ctx, SubscriptionInput("acme", "pro")).id


def at_once(*acts: Callable[[Context], object]) -> list[str]:
    """Whether each of those who start together was done or refused."""
    together, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[Context], object]) -> None:
        together.wait()
        try:
            with unit_of_work(now=LATER) as ctx:
                act(ctx)
            outcomes.append("done")
        except (Conflict, Forbidden):
            outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_of_two_changes_one_happens(work: Work, sold: str) -> None:
    def change(ctx: Context) -> object:
        return service.change(ctx, sold, PlanChange("pro"))

    assert at_once(change, change) == ["done", "refused"]
    with work(now=LATER, writing=False) as ctx:
        assert service.list_for_customer(ctx, "acme")[1] == 2


def test_an_edit_and_a_cancelation_follow_each_other(work: Work, sold: str) -> None:
    def edit(ctx: Context) -> object:
        return service.edit(ctx, sold, SubscriptionEdit((RemoveItem("main", "fee"),)))

    outcomes = at_once(edit, lambda ctx: service.cancel(ctx, sold))
    with work(now=LATER, writing=False) as ctx:
        row = service.get(ctx, sold)
        fees = [item for item in service.view(ctx, row).schedule.phases[0].items if item.key == "fee"]
        assert (row.active_to, [item.active_to for item in fees]) == (LATER, [LATER])
    assert outcomes in (["done", "done"], ["done", "refused"])
