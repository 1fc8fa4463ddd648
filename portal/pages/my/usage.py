"""The customer's usage: how much of each quota is left, what happens at its end, and how usage went over time."""

from collections.abc import Callable
from typing import TypeVar

import reflex as rx

from backend.customers import service as customers
from backend.customers.models import Customer
from backend.infra.context import Context
from portal import boundary
from portal import components as ui
from portal.frame import customer_page
from portal.pages.customers.charting import UsageCharting
from portal.pages.customers.usage_part import usage_bars, usage_over_time

T = TypeVar("T")


class MyUsageState(UsageCharting, rx.State):
    """What the customer's page of usage shows."""

    async def _of_customer(self, use_case: Callable[[Context, Customer], T]) -> T:
        return await boundary.read_mine(self, lambda ctx, own: use_case(ctx, customers.get(ctx, own, deleted=True)))


@customer_page("/my/usage", title="Usage", on_load=MyUsageState.load)
def my_usage() -> rx.Component:
    """Bars, then the chart."""
    return rx.fragment(
        ui.page_header("Usage", subtitle="What you have used, what is included, and when it starts again."),
        ui.loaded(
            MyUsageState,
            rx.flex(
                ui.section("This period", ui.card(usage_bars(MyUsageState.bars))),
                ui.section("Over time", usage_over_time(MyUsageState)),
                direction="column",
                gap="26px",
            ),
        ),
    )
