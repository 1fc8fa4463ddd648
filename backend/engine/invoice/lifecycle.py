"""The life of an invoice on one screen: what can happen in each state, and what happens by itself.

Source: billing spec 6.3. A gathering invoice has no life of its own: it collects lines until an invoice is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from backend.errors import WrongState


class State(StrEnum):
    """Where an invoice stands: the wire's `extendedStatus`."""

    DRAFT_CREATED = "draft.created"
    DRAFT_WAITING_FOR_COLLECTION = "draft.waiting_for_collection"
    DRAFT_COLLECTING = "draft.collecting"
    DRAFT_UPDATING = "draft.updating"
    DRAFT_VALIDATING = "draft.validating"
    DRAFT_INVALID = "draft.invalid"
    DRAFT_SYNCING = "draft.syncing"
    DRAFT_SYNC_FAILED = "draft.sync_failed"
    DRAFT_WAITING_AUTO_APPROVAL = "draft.waiting_auto_approval"
    DRAFT_MANUAL_APPROVAL_NEEDED = "draft.manual_approval_needed"
    DRAFT_READY_TO_ISSUE = "draft.ready_to_issue"
    ISSUING_LINE_FINALIZATION = "issuing.line_finalization"
    ISSUING_LINE_FINALIZATION_FAILED = "issuing.line_finalization_failed"
    ISSUING_SYNCING = "issuing.syncing"
    ISSUING_FAILED = "issuing.failed"
    ISSUING_CHARGE_BOOKING = "issuing.charge_booking"
    ISSUING_CHARGE_BOOKING_FAILED = "issuing.charge_booking_failed"
    ISSUED = "issued"
    PAYMENT_PENDING = "payment_processing.pending"
    PAYMENT_BOOKING_AUTHORIZED = "payment_processing.booking_authorized"
    PAYMENT_AUTHORIZED = "payment_processing.authorized"
    PAYMENT_BOOKING_AUTHORIZED_AND_SETTLED = "payment_processing.booking_authorized_and_settled"
    PAYMENT_BOOKING_SETTLED = "payment_processing.booking_settled"
    PAYMENT_FAILED = "payment_processing.failed"
    PAYMENT_ACTION_REQUIRED = "payment_processing.action_required"
    OVERDUE = "overdue"
    UNCOLLECTIBLE = "uncollectible"
    PAID = "paid"
    VOIDED = "voided"
    DELETE_IN_PROGRESS = "delete.in_progress"
    DELETE_SYNCING = "delete.syncing"
    DELETE_FAILED = "delete.failed"
    DELETED = "deleted"


class Trigger(StrEnum):
    """What moves an invoice on. `next`, `hold` and `discard` are fired by the advance loop, the rest by somebody."""

    NEXT = "next"
    HOLD = "hold"
    DISCARD = "discard"
    FAIL = "fail"
    RETRY = "retry"
    APPROVE = "approve"
    UPDATE = "update"
    DELETE = "delete"
    SNAPSHOT_QUANTITIES = "snapshot_quantities"
    AUTHORIZED = "authorized"
    PAID = "paid"
    ACTION_REQUIRED = "action_required"
    OVERDUE = "overdue"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"


S, T = State, Trigger
_DELETE = {T.DELETE: S.DELETE_IN_PROGRESS}
_EDIT = {T.UPDATE: S.DRAFT_UPDATING, **_DELETE}
_FAIL = {T.FAIL: S.DRAFT_INVALID}
_CLAIM = {T.OVERDUE: S.OVERDUE, T.UNCOLLECTIBLE: S.UNCOLLECTIBLE, T.VOID: S.VOIDED}
_PAY = {T.AUTHORIZED: S.PAYMENT_BOOKING_AUTHORIZED, T.PAID: S.PAYMENT_BOOKING_AUTHORIZED_AND_SETTLED}
_TROUBLE = {T.FAIL: S.PAYMENT_FAILED, T.ACTION_REQUIRED: S.PAYMENT_ACTION_REQUIRED}

TRANSITIONS: Mapping[State, Mapping[Trigger, State]] = {
    S.DRAFT_CREATED: {T.NEXT: S.DRAFT_WAITING_FOR_COLLECTION, **_FAIL, **_EDIT},
    S.DRAFT_WAITING_FOR_COLLECTION: {
        T.NEXT: S.DRAFT_COLLECTING,
        T.SNAPSHOT_QUANTITIES: S.DRAFT_COLLECTING,
        **_EDIT,
    },
    S.DRAFT_COLLECTING: {T.NEXT: S.DRAFT_VALIDATING, **_FAIL, **_EDIT},
    S.DRAFT_UPDATING: {T.NEXT: S.DRAFT_WAITING_FOR_COLLECTION, **_FAIL, **_DELETE},
    S.DRAFT_VALIDATING: {T.NEXT: S.DRAFT_SYNCING, **_FAIL, **_EDIT},
    S.DRAFT_INVALID: {T.RETRY: S.DRAFT_VALIDATING, **_EDIT},
    S.DRAFT_SYNCING: {
        T.NEXT: S.DRAFT_WAITING_AUTO_APPROVAL,
        T.HOLD: S.DRAFT_MANUAL_APPROVAL_NEEDED,
        T.FAIL: S.DRAFT_SYNC_FAILED,
        **_DELETE,
    },
    S.DRAFT_SYNC_FAILED: {T.RETRY: S.DRAFT_VALIDATING, **_EDIT},
    S.DRAFT_WAITING_AUTO_APPROVAL: {T.NEXT: S.DRAFT_READY_TO_ISSUE, T.APPROVE: S.DRAFT_READY_TO_ISSUE, **_EDIT},
    S.DRAFT_MANUAL_APPROVAL_NEEDED: {T.APPROVE: S.DRAFT_READY_TO_ISSUE, **_EDIT},
    S.DRAFT_READY_TO_ISSUE: {T.NEXT: S.ISSUING_LINE_FINALIZATION, T.DISCARD: S.DELETE_SYNCING, **_EDIT},
    S.ISSUING_LINE_FINALIZATION: {T.NEXT: S.ISSUING_SYNCING, T.FAIL: S.ISSUING_LINE_FINALIZATION_FAILED},
    S.ISSUING_LINE_FINALIZATION_FAILED: {T.RETRY: S.ISSUING_LINE_FINALIZATION, **_DELETE},
    S.ISSUING_SYNCING: {T.NEXT: S.ISSUING_CHARGE_BOOKING, T.FAIL: S.ISSUING_FAILED},
    S.ISSUING_FAILED: {T.RETRY: S.ISSUING_SYNCING, **_DELETE},
    S.ISSUING_CHARGE_BOOKING: {T.NEXT: S.ISSUED, T.FAIL: S.ISSUING_CHARGE_BOOKING_FAILED},
    S.ISSUING_CHARGE_BOOKING_FAILED: {T.RETRY: S.ISSUING_CHARGE_BOOKING, **_DELETE},
    S.ISSUED: {T.NEXT: S.PAYMENT_PENDING, T.VOID: S.VOIDED},
    S.PAYMENT_PENDING: {**_PAY, **_TROUBLE, **_CLAIM},
    S.PAYMENT_BOOKING_AUTHORIZED: {T.NEXT: S.PAYMENT_AUTHORIZED},
    S.PAYMENT_AUTHORIZED: {T.PAID: S.PAYMENT_BOOKING_SETTLED, **_TROUBLE, **_CLAIM},
    S.PAYMENT_BOOKING_AUTHORIZED_AND_SETTLED: {T.NEXT: S.PAID},
    S.PAYMENT_BOOKING_SETTLED: {T.NEXT: S.PAID},
    S.PAYMENT_FAILED: {
        T.RETRY: S.PAYMENT_PENDING,
        T.ACTION_REQUIRED: S.PAYMENT_ACTION_REQUIRED,
        **_PAY,
        **_CLAIM,
    },
    S.PAYMENT_ACTION_REQUIRED: {T.RETRY: S.PAYMENT_PENDING, T.FAIL: S.PAYMENT_FAILED, **_PAY, **_CLAIM},
    S.OVERDUE: {T.RETRY: S.PAYMENT_PENDING, **_PAY, **_TROUBLE, T.UNCOLLECTIBLE: S.UNCOLLECTIBLE},
    S.UNCOLLECTIBLE: {**_PAY, T.VOID: S.VOIDED},
    S.PAID: {},
    S.VOIDED: {},
    S.DELETE_IN_PROGRESS: {T.NEXT: S.DELETE_SYNCING, T.FAIL: S.DELETE_FAILED},
    S.DELETE_SYNCING: {T.NEXT: S.DELETED, T.FAIL: S.DELETE_FAILED},
    S.DELETE_FAILED: {T.RETRY: S.DELETE_IN_PROGRESS, **_DELETE},
    S.DELETED: {},
}

ACTIONS: Mapping[str, Trigger] = {
    "approve": T.APPROVE,
    "delete": T.DELETE,
    "retry": T.RETRY,
    "snapshotQuantities": T.SNAPSHOT_QUANTITIES,
    "void": T.VOID,
    "markUncollectible": T.UNCOLLECTIBLE,
}
"""The actions a person may take, by their names on the wire; `advance` is the advance loop started by hand."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the advance loop looks at: the instant, the invoice's own dates, and whether its app is ready.

    `collection_at` None means there is no usage to wait for; `draft_until` None that the draft period is over.
    """

    now: datetime
    collection_at: datetime | None = None
    draft_until: datetime | None = None
    auto_advance: bool = True
    has_lines: bool = True
    has_critical_issues: bool = False
    app_is_ready: bool = True

    def reached(self, instant: datetime | None) -> bool:
        """Whether an instant has come; no instant always has."""
        return instant is None or self.now >= instant


def after(state: State, trigger: Trigger) -> State:
    """The state a trigger leads to; WrongState when it cannot happen now."""
    try:
        return TRANSITIONS[state][trigger]
    except KeyError:
        raise WrongState(f"An invoice that is {state} cannot take the step {trigger}.") from None


def automatic(state: State, situation: Situation) -> Trigger | None:
    """What happens next by itself, or None when the invoice has to wait for a time or for somebody."""
    chosen = T.NEXT
    if state is S.DRAFT_VALIDATING and situation.has_critical_issues:
        chosen = T.FAIL
    elif state is S.DRAFT_SYNCING and not situation.auto_advance:
        chosen = T.HOLD
    elif state is S.DRAFT_READY_TO_ISSUE and not situation.has_lines:
        chosen = T.DISCARD
    return chosen if chosen in TRANSITIONS[state] and not _waits(state, situation) else None


def settle(state: State, situation: Situation) -> State:
    """Where the invoice comes to rest if every automatic step succeeds."""
    while (trigger := automatic(state, situation)) is not None:
        state = after(state, trigger)
    return state


def available_actions(state: State, situation: Situation) -> dict[str, State]:
    """The actions possible now, each with the state it leads to if all goes well; found by playing them through."""
    hopeful = replace(situation, has_critical_issues=False)
    actions = {
        name: settle(TRANSITIONS[state][trigger], hopeful)
        for name, trigger in ACTIONS.items()
        if trigger in TRANSITIONS[state]
    }
    if automatic(state, hopeful) is not None:
        actions["advance"] = settle(state, hopeful)
    return actions


def is_immutable(state: State) -> bool:
    """Whether the lines can no longer be changed."""
    return T.UPDATE not in TRANSITIONS[state]


def is_final(state: State) -> bool:
    """Whether nothing more is expected; an uncollectible invoice counts as final, though it may still be paid."""
    return state in {S.PAID, S.VOIDED, S.DELETED, S.UNCOLLECTIBLE}


def is_failed(state: State) -> bool:
    """Whether a step went wrong and waits for a retry."""
    return state is S.DRAFT_INVALID or state.endswith("failed")


def short_status(state: State) -> str:
    """The wire's `status`: the part before the dot.

    The wire has no word for deletion: while a draft is being deleted it is still a draft, then it counts as voided.
    """
    if state is S.DELETED:
        return "voided"
    return "draft" if state.startswith("delete.") else state.split(".")[0]


def _waits(state: State, situation: Situation) -> bool:
    if state is S.DRAFT_WAITING_FOR_COLLECTION:
        return not situation.reached(situation.collection_at)
    if state is S.DRAFT_WAITING_AUTO_APPROVAL:
        return situation.has_critical_issues or not situation.reached(situation.draft_until)
    return state in {S.DRAFT_SYNCING, S.ISSUING_SYNCING} and not situation.app_is_ready
