"""Every step of an invoice is announced, if and only if it is kept."""

from collections.abc import Mapping
from typing import Any

import pytest

from backend import clockwork
from backend.infra import outbox
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.events import CREATED, UPDATED
from backend.invoicing.service.steps import record
from tests.conftest import Work
from tests.services.company import JAN, sell, standard_invoices


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Mapping[str, Any]]]:
    """What somebody hears who listens to invoices."""
    found: list[tuple[str, Mapping[str, Any]]] = []

    def listen(kind: str) -> outbox.Handler:
        def hear(_ctx: Context, payload: Mapping[str, Any]) -> None:
            found.append((kind, payload))

        return hear

    monkeypatch.setattr(
        clockwork, "HANDLERS", {**clockwork.HANDLERS, CREATED: listen(CREATED), UPDATED: listen(UPDATED)}
    )
    return found


def test_each_step_is_told(work: Work, heard: list[tuple[str, Mapping[str, Any]]]) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    with work() as ctx:
        steps = [(step.from_status, step.to_status) for step in invoicing.timeline(ctx, invoice)]
    assert [(told["from_status"], told["to_status"]) for _, told in heard] == steps
    assert [kind for kind, _ in heard] == [CREATED] + [UPDATED] * (len(steps) - 1)


def test_a_step_that_is_not_kept_is_not_told(work: Work, heard: list[tuple[str, Mapping[str, Any]]]) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    [invoice] = standard_invoices(work)
    heard.clear()

    def fail_after_a_step() -> None:
        with work() as ctx:
            record(ctx, invoicing.get(ctx, invoice.id), "test", invoice.status)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_a_step()
    clockwork.run_due("default", now=JAN)
    assert heard == []


def test_what_nobody_listens_to_does_not_pile_up(work: Work) -> None:
    sell(work)
    clockwork.run_due("default", now=JAN)
    with work() as ctx:
        assert ctx.session.query(outbox.OutboxMessage).count() == 0
