"""The life of an invoice is, state by state, the table of billing spec 6.3: nothing is missing, nothing is added."""

import pytest

from backend.engine.invoice import lifecycle
from backend.engine.invoice.lifecycle import State

TABLE = """
draft.created                       next draft.waiting_for_collection  fail draft.invalid  $edit
draft.waiting_for_collection        next draft.collecting  snapshot_quantities draft.collecting  $edit
draft.collecting                    next draft.validating  fail draft.invalid  $edit
draft.updating                      next draft.waiting_for_collection  fail draft.invalid  $delete
draft.validating                    next draft.syncing  fail draft.invalid  $edit
draft.invalid                       retry draft.validating  $edit
draft.syncing                       next draft.waiting_auto_approval  hold draft.manual_approval_needed  \
fail draft.sync_failed  $delete
draft.sync_failed                   retry draft.validating  $edit
draft.waiting_auto_approval         next draft.ready_to_issue  approve draft.ready_to_issue  $edit
draft.manual_approval_needed        approve draft.ready_to_issue  $edit
draft.ready_to_issue                next issuing.line_finalization  discard delete.syncing  $edit
issuing.line_finalization           next issuing.syncing  fail issuing.line_finalization_failed
issuing.line_finalization_failed    retry issuing.line_finalization  $delete
issuing.syncing                     next issuing.charge_booking  fail issuing.failed
issuing.failed                      retry issuing.syncing  $delete
issuing.charge_booking              next issued  fail issuing.charge_booking_failed
issuing.charge_booking_failed       retry issuing.charge_booking  $delete
issued                              next payment_processing.pending  void voided
payment_processing.pending          $paying  fail payment_processing.failed  \
action_required payment_processing.action_required  $claim  void voided
payment_processing.booking_authorized              next payment_processing.authorized
payment_processing.authorized       paid payment_processing.booking_settled  fail payment_processing.failed  \
action_required payment_processing.action_required  $claim  void voided
payment_processing.booking_authorized_and_settled  next paid
payment_processing.booking_settled  next paid
payment_processing.failed           retry payment_processing.pending  $paying  \
action_required payment_processing.action_required  $claim  void voided
payment_processing.action_required  retry payment_processing.pending  $paying  \
fail payment_processing.failed  $claim  void voided
overdue                             retry payment_processing.pending  $paying  fail payment_processing.failed  \
action_required payment_processing.action_required  uncollectible uncollectible
uncollectible                       $paying  void voided
paid
voided
delete.in_progress                  next delete.syncing  fail delete.failed
delete.syncing                      next deleted  fail delete.failed
delete.failed                       retry delete.in_progress  $delete
deleted
"""
WORDS = {
    "$edit": "update draft.updating  delete delete.in_progress",
    "$delete": "delete delete.in_progress",
    "$paying": "authorized payment_processing.booking_authorized  "
    "paid payment_processing.booking_authorized_and_settled",
    "$claim": "overdue overdue  uncollectible uncollectible",
}


def _rows() -> dict[str, dict[str, str]]:
    text = TABLE
    for word, meaning in WORDS.items():
        text = text.replace(word, meaning)
    rows = {}
    for line in text.strip().splitlines():
        state, *moves = line.split()
        rows[state] = dict(zip(moves[::2], moves[1::2], strict=True))
    return rows


@pytest.mark.parametrize("state", list(State))
def test_a_state_leads_where_the_table_says(state: State) -> None:
    assert {move.value: to.value for move, to in lifecycle.TRANSITIONS[state].items()} == _rows()[state]


def test_the_table_names_every_state() -> None:
    assert set(_rows()) == {state.value for state in State}
