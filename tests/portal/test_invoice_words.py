"""How invoices are put into words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from backend.engine.invoice.lifecycle import State
from backend.invoicing.models import InvoiceEvent
from backend.invoicing.service import wording
from portal import invoice_words

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(state: State, at: datetime = NOON, **more: str) -> InvoiceEvent:
    facts = {"trigger": "next", "actor_kind": "system", "actor_name": "Meterline", **more}
    return InvoiceEvent(invoice_id="i", position=1, to_status=state.value, created_at=at, **facts)


def test_a_life_is_told_by_its_landmarks_and_rests_newest_first() -> None:
    later = NOON + timedelta(hours=1)
    life = [
        event(State.DRAFT_CREATED),
        event(State.DRAFT_WAITING_FOR_COLLECTION),
        event(State.DRAFT_COLLECTING, later, trigger="snapshot_quantities", actor_kind="staff", actor_name="Ada"),
        event(State.DRAFT_SYNCING, later + timedelta(seconds=3)),
        event(State.ISSUED, later),
        event(State.PAYMENT_PENDING, later),
        event(State.PAID, later, actor_kind="staff", actor_name="Ada"),
    ]
    told = invoice_words.resting_steps(life)
    assert [step.state for step in told] == [
        "Paid",
        "Issued",
        "Draft: collecting",
        "Draft: waiting for collection",
        "Draft: created",
    ]
    assert [step.who for step in told] == ["Ada", "by itself", "Ada", "by itself", "by itself"]
    assert invoice_words.resting_steps([]) == []


def test_money_of_several_currencies_is_never_added_up() -> None:
    sums = [("USD", Decimal(5)), ("EUR", Decimal("2.5")), ("USD", Decimal("0.10"))]
    assert invoice_words.amounts(sums) == "€2.50 + $5.10"
    assert invoice_words.amounts([]) == ""


def test_an_address_is_one_line_of_what_is_known() -> None:
    assert wording.address({"city": "Leeds", "country": "GB", "line2": ""}) == "Leeds, GB"
