"""What the dialogs of a subscription do once they are confirmed."""

from datetime import timedelta

from backend.infra.context import Context
from backend.subscriptions import service
from backend.subscriptions.service import AddonChange, Moment
from portal.pages.customers.subscription_addons import bought_rows
from portal.pages.customers.subscription_ahead import ahead
from portal.pages.customers.subscription_changes import Kind, Wanted, make
from tests.conftest import Work
from tests.services.test_addons_follow import plan_with
from tests.services.test_subscription_addons import START, buy, sold  # noqa: F401 - a fixture

DAY = timedelta(days=1)


def test_a_removed_addon_does_not_come_back_as_it_was_scheduled(work: Work, sold: str) -> None:  # noqa: F811
    with work(now=START + DAY) as ctx:
        bought = buy(ctx, sold, "seats", 3)
        service.change_addon(ctx, sold, bought.row.id, AddonChange(1, START + 20 * DAY))
    with work(now=START + 2 * DAY) as ctx:
        make(ctx, service.get(ctx, sold), Wanted(Kind.NO_ADDON, Moment.IMMEDIATE, addon=bought.row.id))
        left = service.addon_of(ctx, sold, bought.row.id)
        assert [one.quantity for one in left.timeline if one.lasting.end > ctx.now] == [0, 0]


def test_removed_with_the_cycle_it_stays_as_scheduled_until_then(work: Work, sold: str) -> None:  # noqa: F811
    with work(now=START + DAY) as ctx:
        bought = buy(ctx, sold, "seats", 3)
        for quantity, day in ((0, 10), (2, 20), (4, 40)):
            service.change_addon(ctx, sold, bought.row.id, AddonChange(quantity, START + day * DAY))
        make(ctx, service.get(ctx, sold), Wanted(Kind.NO_ADDON, Moment.NEXT_BILLING_CYCLE, addon=bought.row.id))
        left = service.addon_of(ctx, sold, bought.row.id)
        assert [one.quantity for one in left.timeline] == [3, 0, 2, 0, 0]


def test_a_change_of_plans_says_which_add_ons_do_not_come_along(work: Work, sold: str) -> None:  # noqa: F811
    with work(now=START + DAY) as ctx:
        buy(ctx, sold, "seats", 3)
        plan_with(ctx, "team")
        said = make(ctx, service.get(ctx, sold), Wanted(Kind.PLAN, Moment.IMMEDIATE, plan="team"))
    assert said == ["Seats (3) does not come along: Pro does not offer it."]


def test_what_is_ahead_is_told_once_and_ends_with_the_subscription(work: Work, sold: str) -> None:  # noqa: F811
    def told(ctx: Context) -> list[str]:
        row = service.get(ctx, sold)
        return ahead(ctx, row, service.detail(ctx, row).phases)

    with work(now=START + 40 * DAY) as ctx:
        bought = buy(ctx, sold, "boost", 1, timing=Moment.NEXT_BILLING_CYCLE)
        assert bought.quantity == 0
        assert told(ctx) == [
            "1 Mar 2026, 00:00 UTC: Platform fee changes to $25.00 every month, in advance",
            "1 Mar 2026, 00:00 UTC: Tokens changes to up to 1,500 every month, then it stops",
        ]
        service.cancel(ctx, sold, Moment.NEXT_BILLING_CYCLE)
        assert told(ctx) == ["1 Mar 2026, 00:00 UTC: the subscription ends"]
        assert [row.ahead for row in bought_rows(ctx, service.get(ctx, sold))] == [[]]
