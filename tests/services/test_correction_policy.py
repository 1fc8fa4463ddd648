"""What the billing profile says about corrections, also when it says something else in between."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backend.errors import NotFound, WrongState
from backend.invoicing import service as invoicing
from backend.invoicing.correction_models import CorrectionStatus
from backend.invoicing.workflow import CorrectionPolicy
from tests.conftest import Work
from tests.services.company import Sold, gathering_invoices
from tests.services.test_corrections import HOUR, MID_FEB, bill_february, bill_january, choose, corrections, use_late

DISMISSED, WAITING, BOOKED = CorrectionStatus.DISMISSED, CorrectionStatus.WAITING, CorrectionStatus.BOOKED


def standing(work: Work, sold: Sold) -> list[tuple[str, Decimal]]:
    return [(found.status, found.amount) for found in reversed(corrections(work, sold))]


@pytest.fixture
def asked(work: Work) -> Sold:
    """A customer of whose January a dollar more is known; somebody is asked about it."""
    choose(work, corrections=CorrectionPolicy.ASK)
    sold = bill_january(work)
    use_late(work, 100)
    return sold


@pytest.mark.parametrize("decide", [invoicing.accept_correction, invoicing.dismiss_correction])
@pytest.mark.parametrize("again", [invoicing.accept_correction, invoicing.dismiss_correction])
def test_a_decision_is_made_once(work: Work, asked: Sold, decide: object, again: object) -> None:
    [waiting] = corrections(work, asked)
    with work(now=MID_FEB) as ctx:
        decide(ctx, waiting.id)
    with work(now=MID_FEB) as ctx, pytest.raises(WrongState):
        again(ctx, waiting.id)
    booked = decide is invoicing.accept_correction
    assert len(corrections(work, asked)) == 1
    assert bill_february(work).total == (1 if booked else 0)


def test_a_question_that_is_out_of_date_can_no_longer_be_answered(work: Work, asked: Sold) -> None:
    [outdated] = corrections(work, asked)
    use_late(work, 200, stored=MID_FEB + HOUR)
    with work(now=MID_FEB + HOUR) as ctx, pytest.raises(NotFound):
        invoicing.accept_correction(ctx, outdated.id)
    assert standing(work, asked) == [(WAITING, 3)]


def test_of_a_difference_that_was_let_go_only_what_comes_later_counts(work: Work, asked: Sold) -> None:
    with work(now=MID_FEB) as ctx:
        invoicing.dismiss_correction(ctx, corrections(work, asked)[0].id)
    use_late(work, 200, stored=MID_FEB + HOUR)
    use_late(work, 300, stored=MID_FEB + 2 * HOUR)
    assert standing(work, asked) == [(DISMISSED, 1), (WAITING, 5)]


def test_who_is_no_longer_asked_still_answers_what_was_asked(work: Work, asked: Sold) -> None:
    choose(work, corrections=CorrectionPolicy.ADJUST)
    with work(now=MID_FEB) as ctx:
        invoicing.check_invoice(ctx, corrections(work, asked)[0].invoice_id)
    assert standing(work, asked) == [(WAITING, 1)]
    use_late(work, 200, stored=MID_FEB + HOUR)
    assert standing(work, asked) == [(BOOKED, 3)]


def test_what_gathers_already_is_asked_about_when_it_changes(work: Work) -> None:
    sold = bill_january(work)
    use_late(work, 100)
    choose(work, corrections=CorrectionPolicy.ASK)
    use_late(work, 200, stored=MID_FEB + HOUR)
    assert standing(work, sold) == [(WAITING, 3)]
    [gathering] = gathering_invoices(work)
    with work(now=MID_FEB + HOUR, writing=False) as ctx:
        assert all(line.line.correction_id is None for line in invoicing.view(ctx, gathering).lines)


def test_a_difference_that_shrinks_below_what_matters_is_forgotten(work: Work, asked: Sold) -> None:
    choose(work, corrections_ignored_below=Decimal(5))
    use_late(work, 1, at=MID_FEB - timedelta(days=31), stored=MID_FEB + HOUR)
    assert standing(work, asked) == []
    use_late(work, 399, stored=MID_FEB + 2 * HOUR)
    assert standing(work, asked) == [(WAITING, 5)]
