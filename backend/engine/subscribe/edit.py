"""A running subscription is edited: items and phases are added, removed, moved, and what has been is never rewritten.

Source: billing spec 3.5. Operations are applied one after the other to a value; the result is checked as a whole, so
that a phase may be added by one operation and filled by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from backend.engine.recurrence import Duration
from backend.errors import Conflict, Forbidden, Invalid, Issue


@dataclass(frozen=True, slots=True)
class EditedItem:
    """One version of an item; without a start or an end of its own it lives as long as its phase."""

    id: str
    key: str
    active_from: datetime | None = None
    active_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class EditedPhase:
    """A phase until the next one starts. The items of one key are its history, oldest first."""

    id: str
    key: str
    active_from: datetime
    items: tuple[EditedItem, ...]

    def history(self, key: str) -> tuple[EditedItem, ...]:
        """All versions of an item."""
        return tuple(item for item in self.items if item.key == key)

    def starts_of(self, item: EditedItem) -> datetime:
        """When an item begins, by itself or with the phase."""
        return item.active_from or self.active_from


@dataclass(frozen=True, slots=True)
class Edit:
    """What operations work on: the phases in order, the instant they take effect, and the instant they are made."""

    phases: tuple[EditedPhase, ...]
    at: datetime
    now: datetime

    @property
    def start(self) -> datetime:
        """When the subscription begins."""
        return self.phases[0].active_from

    def elapsed(self, instant: datetime) -> Duration:
        """How long after the start of the subscription an instant is, by the calendar."""
        return Duration.between(self.start, instant)

    @property
    def current(self) -> int:
        """The position of the phase in force when the edit takes effect."""
        return max(number for number, phase in enumerate(self.phases) if phase.active_from <= self.at)

    def position(self, key: str) -> int:
        """The position of a phase. Raises Invalid when there is none of that key."""
        for number, phase in enumerate(self.phases):
            if phase.key == key:
                return number
        raise _invalid("phaseKey", "phase_not_found", f"The subscription has no phase {key}.")

    def with_phase(self, position: int, phase: EditedPhase) -> Edit:
        """The same with one phase replaced."""
        return replace(self, phases=(*self.phases[:position], phase, *self.phases[position + 1 :]))


class Shift(StrEnum):
    """Who fills the gap of a removed phase: the following phases come earlier, or the previous one lasts longer."""

    NEXT = "next"
    PREV = "prev"


@dataclass(frozen=True, slots=True)
class AddItem:
    """A new version of an item, or a new item; `id` is the caller's, handed through."""

    phase_key: str
    item_key: str
    id: str


@dataclass(frozen=True, slots=True)
class RemoveItem:
    """An item ends, or never begins."""

    phase_key: str
    item_key: str


@dataclass(frozen=True, slots=True)
class AddPhase:
    """A new phase; a duration is needed when others follow."""

    id: str
    phase_key: str
    active_from: datetime
    duration: Duration | None = None


@dataclass(frozen=True, slots=True)
class RemovePhase:
    """A phase that has not begun is left out."""

    phase_key: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class StretchPhase:
    """A phase lasts longer, or shorter by a negative duration, and all later phases move."""

    phase_key: str
    extend_by: Duration


@dataclass(frozen=True, slots=True)
class UnscheduleEdit:
    """What is scheduled to change within the current phase does not."""


Operation = AddItem | RemoveItem | AddPhase | RemovePhase | StretchPhase | UnscheduleEdit


def edit(phases: tuple[EditedPhase, ...], operations: Iterable[Operation], *, at: datetime, now: datetime) -> Edit:
    """Apply operations in order and check the result.

    Raises Invalid (no such phase or item, a phase without items, a missing duration), Forbidden (what has been cannot
    be edited), Conflict (a key that is taken, an end that is scheduled, a phase that would vanish); each names the
    operation by its place in the list. Source: billing spec 3.5.
    """
    state = Edit(phases, at, now)
    for number, operation in enumerate(operations):
        try:
            state = OPERATIONS[type(operation)](state, operation)
        except (Invalid, Forbidden, Conflict) as error:
            raise _placed(error, number) from None
    _check(state)
    return state


def add_item(state: Edit, wanted: AddItem) -> Edit:
    """The last version of the key ends where the new one begins; a future phase takes one version of a key."""
    position = state.position(wanted.phase_key)
    phase = state.phases[position]
    _refuse_past(state, position)
    history = phase.history(wanted.item_key)
    if position > state.current:
        if history:
            raise Forbidden(f"Phase {phase.key} has an item {wanted.item_key}, and has not begun: remove it first.")
        return state.with_phase(position, _with_items(phase, EditedItem(wanted.id, wanted.item_key)))
    if not history:
        return state.with_phase(position, _with_items(phase, EditedItem(wanted.id, wanted.item_key, state.at)))
    last = history[-1]
    if phase.starts_of(last) > state.at or (last.active_to is not None and last.active_to > state.at):
        raise Conflict(f"A change of item {last.key} is scheduled: take it back by unschedule_edit first.")
    closed = last if last.active_to is not None else replace(last, active_to=state.at)
    opened = EditedItem(wanted.id, wanted.item_key, state.at)
    return state.with_phase(position, _with_items(_replaced(phase, last, closed), opened))


def remove_item(state: Edit, wanted: RemoveItem) -> Edit:
    """In the current phase the last version ends when the edit takes effect; in a future one it is dropped."""
    position = state.position(wanted.phase_key)
    phase = state.phases[position]
    _refuse_past(state, position)
    history = phase.history(wanted.item_key)
    if not history:
        raise _invalid("itemKey", "item_not_found", f"Phase {phase.key} has no item {wanted.item_key}.")
    last = history[-1]
    if position > state.current:
        left = tuple(item for item in phase.items if item.id != last.id)
        return state.with_phase(position, replace(phase, items=left))
    if phase.starts_of(last) > state.at:
        raise Conflict(f"Item {last.key} is scheduled to begin later: take that back by unschedule_edit first.")
    if last.active_to is not None and last.active_to <= state.at:
        raise _invalid("itemKey", "item_not_active", f"Item {last.key} of phase {phase.key} has ended by then.")
    return state.with_phase(position, _replaced(phase, last, replace(last, active_to=state.at)))


def add_phase(state: Edit, wanted: AddPhase) -> Edit:
    """The new phase gets its duration: the following ones are moved by what the gap to the next lacks or exceeds."""
    if any(phase.key == wanted.phase_key for phase in state.phases):
        raise Conflict(f"The subscription has a phase {wanted.phase_key} already.")
    if wanted.active_from <= state.at:
        raise Forbidden("A new phase begins in the future.")
    added = EditedPhase(wanted.id, wanted.phase_key, wanted.active_from, ())
    earlier = tuple(phase for phase in state.phases if phase.active_from < wanted.active_from)
    later = state.phases[len(earlier) :]
    if later and wanted.duration is None:
        raise _invalid("phase.duration", "phase_duration_missing", "A phase that others follow needs a duration.")
    if wanted.duration is not None and not wanted.duration.is_positive:
        raise _invalid("phase.duration", "phase_duration_not_positive", "A phase needs a positive duration.")
    if not later or wanted.duration is None:
        return replace(state, phases=(*earlier, added))
    shift = state.elapsed(wanted.active_from) + wanted.duration - state.elapsed(later[0].active_from)
    return replace(state, phases=(*earlier, added, *_moved(state, later, shift)))


def remove_phase(state: Edit, wanted: RemovePhase) -> Edit:
    """Leave a future phase out; `next` lets the following phases take its place in time, `prev` the previous one."""
    position = state.position(wanted.phase_key)
    if position <= state.current:
        raise Forbidden(f"Phase {wanted.phase_key} has begun: only a future phase can be removed.")
    removed, later = state.phases[position], state.phases[position + 1 :]
    if later and wanted.shift is Shift.NEXT:
        later = _moved(state, later, state.elapsed(removed.active_from) - state.elapsed(later[0].active_from))
    return replace(state, phases=(*state.phases[:position], *later))


def stretch_phase(state: Edit, wanted: StretchPhase) -> Edit:
    """A phase gets longer by a calendar duration, and all that follows begins so much later.

    A first phase of one month that began on Jan 31 ended on Feb 28; a month longer, it ends on Mar 31.
    """
    position = state.position(wanted.phase_key)
    _refuse_past(state, position)
    earlier, later = state.phases[: position + 1], state.phases[position + 1 :]
    if not later:
        raise Forbidden(f"Phase {wanted.phase_key} is the last one: it has no end that could be moved.")
    moved = _moved(state, later, wanted.extend_by)
    instants = [max(earlier[-1].active_from, state.at), *(phase.active_from for phase in moved)]
    if any(start >= end for start, end in pairwise(instants)):
        raise Conflict(f"Stretched by {wanted.extend_by}, phase {wanted.phase_key} or a later one would vanish.")
    return replace(state, phases=(*earlier, *moved))


def unschedule_edit(state: Edit, _: UnscheduleEdit) -> Edit:
    """Drop the versions of the current phase that have not begun, and let those in force go on."""
    position = max(number for number, phase in enumerate(state.phases) if phase.active_from <= state.now)
    phase = state.phases[position]
    begun = (item for item in phase.items if phase.starts_of(item) <= state.now)
    left = tuple(
        replace(item, active_to=None) if item.active_to is not None and item.active_to > state.now else item
        for item in begun
    )
    return state.with_phase(position, replace(phase, items=left))


OPERATIONS: dict[type[Operation], Callable[[Edit, Any], Edit]] = {
    AddItem: add_item,
    RemoveItem: remove_item,
    AddPhase: add_phase,
    RemovePhase: remove_phase,
    StretchPhase: stretch_phase,
    UnscheduleEdit: unschedule_edit,
}


def _check(state: Edit) -> None:
    """What must hold when all operations are applied: every phase has something in it (billing spec 3.5)."""
    issues = [
        Issue(f"phases[{number}].items", "phase_has_no_items", f"Phase {phase.key} is left without any item.")
        for number, phase in enumerate(state.phases)
        if not phase.items
    ]
    if issues:
        raise Invalid("The edited subscription would not be valid.", issues=issues)


def _refuse_past(state: Edit, position: int) -> None:
    if position < state.current:
        raise Forbidden(f"Phase {state.phases[position].key} is over: what has been cannot be edited.")


def _with_items(phase: EditedPhase, *added: EditedItem) -> EditedPhase:
    return replace(phase, items=(*phase.items, *added))


def _replaced(phase: EditedPhase, old: EditedItem, new: EditedItem) -> EditedPhase:
    return replace(phase, items=tuple(new if item.id == old.id else item for item in phase.items))


def _moved(state: Edit, phases: tuple[EditedPhase, ...], by: Duration) -> tuple[EditedPhase, ...]:
    """Phases at another time, with the starts and ends that their items have of their own.

    Each instant is counted from the start of the subscription, so that month ends do not drift (billing spec 3.1).
    """

    def move(instant: datetime | None) -> datetime | None:
        return None if instant is None else (state.elapsed(instant) + by).after(state.start)

    return tuple(
        replace(
            phase,
            active_from=(state.elapsed(phase.active_from) + by).after(state.start),
            items=tuple(
                replace(item, active_from=move(item.active_from), active_to=move(item.active_to))
                for item in phase.items
            ),
        )
        for phase in phases
    )


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid(message, issues=[Issue(field, code, message)])


def _placed(error: Invalid | Forbidden | Conflict, number: int) -> Invalid | Forbidden | Conflict:
    """The same error, saying which operation it is about."""
    place = f"customizations[{number}]"
    found = error.issues or (Issue("op", "operation_refused", str(error)),)
    issues = [Issue(f"{place}.{issue.field}", issue.code, issue.message) for issue in found]
    return type(error)(str(error), issues=issues)
