"""A unit conversion goes from the catalog through preview and subscription into the invoice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from backend import clockwork
from backend.catalog.filters import PlanFilter
from backend.catalog.service import plans
from backend.catalog.service.preview import preview_curve, preview_price
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.rate.prices import Unit
from tests.conftest import Work
from tests.services.company import FEB, JAN, sell, standard_invoices, tokens_at, use_tokens

D = Decimal
THOUSANDS = UnitConfig(Operation.DIVIDE, D(1000), Rounding.CEILING, display_unit="k")
CARD = replace(tokens_at(Unit(D(10))), unit_config=THOUSANDS)


def test_a_preview_bills_converted_units() -> None:
    rated = preview_price("USD", CARD, D(1400))
    assert (rated.quantity, rated.totals.total) == (D(2), D(20))
    assert preview_curve("USD", CARD, [D(0), D(1000), D(1001)]) == ((D(0), D(0)), (D(1000), D(10)), (D(1001), D(20)))


def test_an_invoice_bills_converted_units(work: Work) -> None:
    sell(work, cards=(CARD,))
    clockwork.run_due("default", now=JAN)
    use_tokens(work, 1400, FEB - timedelta(hours=1))
    clockwork.run_due("default", now=FEB)
    clockwork.run_due("default", now=FEB + timedelta(hours=1))
    [invoice] = standard_invoices(work)
    assert invoice.total == D(20)


def test_a_plan_keeps_its_conversion_and_lists_can_leave_it_out(work: Work) -> None:
    sell(work, cards=(CARD,), customer="acme")
    sell(work, customer="plain")
    with work(now=JAN) as ctx:
        kept = plans.get(ctx, "plan_acme").terms.phases[0].rate_cards[0]
        assert kept.unit_config == THOUSANDS
        without, total = plans.list_plans(ctx, PlanFilter(without_unit_config=True))
        assert ([plan.row.key for plan in without], total) == (["plan_plain"], 1)
        assert plans.list_plans(ctx)[1] == 2
