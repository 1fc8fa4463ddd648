"""Editing a running subscription: what each operation does, what it refuses, and what no sequence of them can break."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engine.recurrence import Duration
from backend.engine.subscribe.edit import (
    AddItem,
    AddPhase,
    EditedItem,
    EditedPhase,
    Operation,
    RemoveItem,
    RemovePhase,
    Shift,
    StretchPhase,
    UnscheduleEdit,
    edit,
)
from backend.errors import Conflict, DomainError, Forbidden, Invalid
from tests.shop import at

TRIAL, MAIN, LATER = at("2026-01-01"), at("2026-02-01"), at("2026-04-01")
NOW, CYCLE = at("2026-02-10"), at("2026-03-01")
PHASES = (
    EditedPhase("t", "trial", TRIAL, (EditedItem("t0", "fee"),)),
    EditedPhase("m", "main", MAIN, (EditedItem("m0", "fee"), EditedItem("m1", "seat"))),
    EditedPhase("l", "later", LATER, (EditedItem("l0", "fee"),)),
)


def edited(*operations: Operation, when: str = "2026-02-10") -> tuple[EditedPhase, ...]:
    return edit(PHASES, operations, at=at(when), now=NOW).phases


def starts(phases: Sequence[EditedPhase]) -> dict[str, str]:
    return {phase.key: f"{phase.active_from:%m-%d}" for phase in phases}


def test_a_new_version_begins_where_the_last_one_ends() -> None:
    history = edited(AddItem("main", "fee", "new"))[1].history("fee")
    assert history == (EditedItem("m0", "fee", None, NOW), EditedItem("new", "fee", NOW))


def test_removing_and_adding_is_the_same_as_adding() -> None:
    both = edited(RemoveItem("main", "fee"), AddItem("main", "fee", "new"))
    assert both == edited(AddItem("main", "fee", "new"))


def test_a_future_phase_is_written_anew() -> None:
    later = edited(RemoveItem("later", "fee"), AddItem("later", "fee", "new"))[2]
    assert later.items == (EditedItem("new", "fee"),)


def test_what_is_scheduled_can_be_taken_back() -> None:
    scheduled = edit(PHASES, [AddItem("main", "fee", "new"), RemoveItem("main", "seat")], at=CYCLE, now=NOW).phases
    assert edit(scheduled, [UnscheduleEdit()], at=NOW, now=NOW).phases == PHASES
    for operation in (AddItem("main", "fee", "newer"), RemoveItem("main", "fee")):
        with pytest.raises(Conflict, match="unschedule_edit"):
            edit(scheduled, [operation], at=NOW, now=NOW)


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        (StretchPhase("main", Duration(months=1)), {"main": "02-01", "later": "05-01"}),
        (StretchPhase("main", Duration(months=-1)), {"main": "02-01", "later": "03-01"}),
        (RemovePhase("later", Shift.NEXT), {"main": "02-01"}),
    ],
)
def test_phases_move(operation: Operation, wanted: dict[str, str]) -> None:
    assert starts(edited(operation)) == {"trial": "01-01"} | wanted


def test_phases_that_move_are_counted_from_the_start_as_if_they_had_been_sold_that_way() -> None:
    started, now = at("2026-01-31"), at("2026-02-10")
    fee = (EditedItem("f", "fee"),)
    lengths = {"first": Duration(), "second": Duration(months=1), "third": Duration(months=2)}
    sold = tuple(EditedPhase(key, key, after.after(started), fee) for key, after in lengths.items())
    assert starts(sold) == {"first": "01-31", "second": "02-28", "third": "03-31"}

    def after(operation: Operation) -> dict[str, str]:
        return starts(edit(sold, [operation], at=now, now=now).phases)

    assert after(StretchPhase("first", Duration(months=1))) == {"first": "01-31", "second": "03-31", "third": "04-30"}
    assert after(StretchPhase("second", Duration(months=1)))["third"] == "04-30"
    assert after(StretchPhase("first", Duration(days=-1))) == {"first": "01-31", "second": "02-27", "third": "03-30"}
    assert after(RemovePhase("second", Shift.NEXT)) == {"first": "01-31", "third": "02-28"}


def test_a_new_phase_gets_its_duration_and_moves_the_others() -> None:
    fill = AddItem("extra", "fee", "e0")
    wide = edited(AddPhase("e", "extra", at("2026-03-01"), Duration(months=2)), fill)
    assert starts(wide) == {"trial": "01-01", "main": "02-01", "extra": "03-01", "later": "05-01"}
    last = edited(AddPhase("e", "extra", at("2026-06-01")), fill)
    assert starts(last)["extra"] == "06-01"


def test_a_removed_phase_leaves_its_time_to_the_next_or_the_previous() -> None:
    four = (*PHASES, EditedPhase("x", "last", at("2026-06-01"), (EditedItem("x0", "fee"),)))
    pulled = edit(four, [RemovePhase("later", Shift.NEXT)], at=NOW, now=NOW).phases
    extended = edit(four, [RemovePhase("later", Shift.PREV)], at=NOW, now=NOW).phases
    assert (starts(pulled)["last"], starts(extended)["last"]) == ("04-01", "06-01")


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (AddItem("trial", "fee", "x"), Forbidden),
        (AddItem("nowhere", "fee", "x"), Invalid),
        (AddItem("later", "fee", "x"), Forbidden),
        (RemoveItem("main", "nothing"), Invalid),
        (RemoveItem("trial", "fee"), Forbidden),
        (RemoveItem("later", "fee"), Invalid),
        (AddPhase("x", "later", at("2026-06-01")), Conflict),
        (AddPhase("x", "extra", NOW), Forbidden),
        (AddPhase("x", "extra", at("2026-03-01")), Invalid),
        (AddPhase("x", "extra", at("2026-06-01")), Invalid),
        (RemovePhase("main", Shift.NEXT), Forbidden),
        (RemovePhase("nowhere", Shift.NEXT), Invalid),
        (StretchPhase("trial", Duration(days=1)), Forbidden),
        (StretchPhase("later", Duration(days=1)), Forbidden),
        (StretchPhase("main", Duration(months=-2)), Conflict),
    ],
)
def test_what_cannot_be_edited_is_refused(operation: Operation, error: type[DomainError]) -> None:
    with pytest.raises(error) as refused:
        edited(operation)
    assert all(issue.field for issue in refused.value.issues)


def test_a_refusal_names_the_operation() -> None:
    with pytest.raises(Invalid) as refused:
        edited(UnscheduleEdit(), RemoveItem("main", "nothing"))
    assert [issue.field for issue in refused.value.issues] == ["customizations[1].itemKey"]


KEYS = st.sampled_from(["trial", "main", "later", "extra"])
ITEMS = st.sampled_from(["fee", "seat", "bonus"])
DAYS = st.integers(-120, 120).map(lambda days: Duration(days=days))
KINDS = st.one_of(
    st.builds(lambda phase, item: AddItem(phase, item, ""), KEYS, ITEMS),
    st.builds(RemoveItem, KEYS, ITEMS),
    st.builds(lambda days, last: AddPhase("e", "extra", TRIAL + timedelta(days=days), last), st.integers(0, 200), DAYS),
    st.builds(RemovePhase, KEYS, st.sampled_from(Shift)),
    st.builds(StretchPhase, KEYS, DAYS),
    st.just(UnscheduleEdit()),
)
MOMENTS = st.tuples(st.integers(0, 20), st.integers(0, 10))


@given(st.lists(st.tuples(KINDS, MOMENTS), max_size=12))
def test_no_sequence_of_edits_breaks_a_history(told: list[tuple[Operation, tuple[int, int]]]) -> None:
    phases, now, ids = PHASES, NOW, count()
    for operation, (passed, ahead) in told:
        now += timedelta(days=passed)
        identified = replace(operation, id=f"new{next(ids)}") if isinstance(operation, AddItem) else operation
        try:
            after = edit(phases, [identified], at=now + timedelta(days=ahead), now=now).phases
        except DomainError:
            continue
        begun = {phase.key: phase.active_from for phase in phases if phase.active_from <= now}
        assert {phase.key: phase.active_from for phase in after if phase.key in begun} == begun
        phases = after
        assert all(one.active_from < other.active_from for one, other in pairwise(phases))
        for phase in phases:
            for key in {item.key for item in phase.items}:
                history = phase.history(key)
                assert all(item.active_to is None or phase.starts_of(item) <= item.active_to for item in history)
                for one, other in pairwise(history):
                    assert one.active_to is not None
                    assert one.active_to <= phase.starts_of(other)
