"""A person changes, adds or removes one line of the upcoming invoice, and the others stay what they are."""

from dataclasses import replace
from decimal import Decimal

import pytest

from backend import clockwork
from backend.engine.rate.prices import Flat, PercentageDiscount
from backend.errors import Invalid, NotFound
from backend.invoicing import service as invoicing
from backend.invoicing.models import InvoiceLine, ManagedBy
from backend.invoicing.service import EditedLine
from tests.services.company import FEB, JAN, PLATFORM_IN_ADVANCE, TOKENS, Work, sell

NOW = JAN.replace(day=20)


@pytest.fixture
def upcoming(work: Work) -> str:
    """The gathering invoice of a customer in January: the fee of February and the tokens of January."""
    sold = sell(work)
    clockwork.run_due("default", JAN)
    with work(now=NOW) as ctx:
        return invoicing.upcoming(ctx, sold.customer_id)[0].invoice.id


def lines(work: Work, invoice_id: str) -> dict[str, InvoiceLine]:
    with work(now=NOW) as ctx:
        return {shown.line.name: shown.line for shown in invoicing.view(ctx, invoicing.get(ctx, invoice_id)).lines}


def cheaper(line: InvoiceLine) -> EditedLine:
    """The line with ten percent off."""
    kept = invoicing.as_it_is(line)
    discounts = replace(kept.wanted.card.discounts, percentage=PercentageDiscount(Decimal(10)))
    return replace(kept, wanted=replace(kept.wanted, card=replace(kept.wanted.card, discounts=discounts)))


def test_handing_a_line_in_as_it_is_changes_nothing(work: Work, upcoming: str) -> None:
    for line in lines(work, upcoming).values():
        with work(now=NOW) as ctx:
            invoicing.put_line(ctx, upcoming, invoicing.as_it_is(line))
    assert {line.managed_by for line in lines(work, upcoming).values()} == {ManagedBy.SUBSCRIPTION}


def test_one_line_is_changed_and_only_that_one(work: Work, upcoming: str) -> None:
    with work(now=NOW) as ctx:
        invoicing.put_line(ctx, upcoming, cheaper(lines(work, upcoming)[PLATFORM_IN_ADVANCE.name]))
    found = lines(work, upcoming)
    assert found[PLATFORM_IN_ADVANCE.name].managed_by == ManagedBy.MANUAL
    assert found[TOKENS.name].managed_by == ManagedBy.SUBSCRIPTION
    with work(now=NOW) as ctx:
        assert invoicing.view(ctx, invoicing.get(ctx, upcoming)).totals.total == Decimal(18)


def test_a_line_is_added_and_removed(work: Work, upcoming: str) -> None:
    kept = invoicing.as_it_is(lines(work, upcoming)[PLATFORM_IN_ADVANCE.name])
    card = replace(kept.wanted.card, name="Setup", price=Flat(Decimal(7)))
    with work(now=NOW) as ctx:
        invoicing.put_line(ctx, upcoming, EditedLine(replace(kept.wanted, card=card)))
    found = lines(work, upcoming)
    assert set(found) == {"Setup", PLATFORM_IN_ADVANCE.name, TOKENS.name}
    with work(now=NOW) as ctx:
        invoicing.remove_line(ctx, upcoming, found["Setup"].id)
    assert set(lines(work, upcoming)) == {PLATFORM_IN_ADVANCE.name, TOKENS.name}


def test_a_line_that_is_not_on_it_is_refused(work: Work, upcoming: str) -> None:
    strange = replace(invoicing.as_it_is(lines(work, upcoming)[TOKENS.name]), id="01J0000000000000000000000Z")
    with pytest.raises(Invalid), work(now=FEB) as ctx:
        invoicing.put_line(ctx, upcoming, strange)
    with pytest.raises(NotFound), work(now=FEB) as ctx:
        invoicing.remove_line(ctx, upcoming, "01J0000000000000000000000Z")
