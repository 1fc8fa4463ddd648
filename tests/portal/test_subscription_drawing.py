"""A subscription is drawn on an axis of time that people read at a glance."""

from datetime import UTC, datetime

import pytest

from backend.engine.period import FOREVER, Period
from portal.pages.customers.subscription_drawing import Stretch, drawn


def at(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


TRIAL = Stretch("Phases", "Trial", Period(at(1), at(2)))
MAIN = Stretch("Phases", "Main", Period(at(2), FOREVER))


def fee(start: datetime, end: datetime = FOREVER, price: str = "$20") -> Stretch:
    return Stretch("Fee", price, Period(start, end))


def test_phases_and_items_have_their_lines_and_times() -> None:
    found = drawn([TRIAL, MAIN], [fee(at(2), at(4)), fee(at(4), price="$30")], at(3))
    assert [(track.name, [(bar.text, bar.time) for bar in track.bars]) for track in found.tracks] == [
        ("Phases", [("Trial", "past"), ("Main", "now open")]),
        ("Fee", [("$20", "now"), ("$30", "ahead open")]),
    ]
    assert found.told == "Trial 1 Jan 2026 to 1 Feb 2026; Main since 1 Feb 2026"


def test_the_words_of_a_short_bar_stand_in_the_room_beside_it() -> None:
    price = "$150.00 every month"
    short, last = fee(at(3, 20), at(3, 22), price), fee(at(4, 20), at(4, 22), price)
    bars = drawn([MAIN], [fee(at(2), at(3, 10)), short, last], at(3)).tracks[1].bars
    assert [(bar.text, bar.beside) for bar in bars] == [("$20", ""), ("", price), ("", price)]
    ends = [float(bar.left.rstrip("%")) + float(bar.width.rstrip("%")) for bar in bars]
    assert float(bars[1].beside_left.rstrip("%")) == pytest.approx(ends[1], abs=0.02)
    beside_last = float(bars[2].beside_left.rstrip("%"))
    assert beside_last == pytest.approx(ends[2], abs=0.02)


def test_the_axis_goes_on_beyond_today_while_something_runs() -> None:
    found = drawn([TRIAL, MAIN], [], at(3))
    assert 60 < float(found.today.rstrip("%")) < 80
    assert found.tracks[0].bars[0].left == "0.00%"


def test_what_is_over_fills_the_axis_and_has_no_today() -> None:
    found = drawn([TRIAL], [], at(6))
    assert found.today == ""
    assert [(bar.left, bar.width) for bar in found.tracks[0].bars] == [("0.00%", "100.00%")]


def test_what_starts_later_is_drawn_after_today() -> None:
    found = drawn([MAIN], [], at(1))
    assert found.today == "0.00%"
    assert float(found.tracks[0].bars[0].left.rstrip("%")) > 0


def test_dates_too_near_to_each_other_are_not_both_written() -> None:
    items = [fee(at(1), at(1, 3)), fee(at(1, 3))]
    assert [tick.text for tick in drawn([TRIAL, MAIN], items, at(3)).ticks] == ["1 Jan 2026", "1 Feb 2026"]
