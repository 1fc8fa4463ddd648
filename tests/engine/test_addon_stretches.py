"""Add-ons over an item: its history is cut where quantities change, and nothing of it is lost or told twice."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from backend.engine.period import FOREVER, Period
from backend.engine.subscribe.addons import Bought, Instance, Sold, Stretch, instances, stretches
from tests.shop import at

START = at("2026-01-01")
PHASE = Period(START, FOREVER)


def day(number: int) -> timedelta:
    return timedelta(days=number)


def test_an_item_is_cut_where_an_add_on_begins_and_ends() -> None:
    bought = instances("seats", [Bought(START + day(3), 2), Bought(START + day(5), 0)])
    assert stretches(PHASE, [Sold("fee", PHASE)], bought) == [
        Stretch(Period(START, START + day(3)), "fee"),
        Stretch(Period(START + day(3), START + day(5)), "fee", (("seats", 2),)),
        Stretch(Period(START + day(5), FOREVER), "fee"),
    ]


def test_while_nothing_is_sold_add_ons_make_an_item_of_their_own() -> None:
    bought = [Instance("seats", Period(START + day(3), FOREVER), 1)]
    sold = [Sold("fee", Period(START + day(5), START + day(7)))]
    assert [(found.sold, found.lasting.start) for found in stretches(PHASE, sold, bought)] == [
        (None, START + day(3)),
        ("fee", START + day(5)),
        (None, START + day(7)),
    ]


def test_the_same_quantity_again_cuts_nothing() -> None:
    bought = instances("seats", [Bought(START, 1), Bought(START + day(3), 1)])
    assert len(stretches(PHASE, [Sold("fee", PHASE)], bought)) == 1


DAYS = st.integers(0, 40)
TIMELINES = st.dictionaries(
    st.sampled_from(["seats", "boost", "once"]), st.dictionaries(DAYS, st.integers(0, 3), max_size=4), max_size=3
)


@given(end=st.integers(1, 40), cut=DAYS, timelines=TIMELINES, asked=DAYS)
def test_at_every_instant_exactly_what_is_sold_and_had(
    end: int, cut: int, timelines: dict[str, dict[int, int]], asked: int
) -> None:
    phase = Period(START, START + day(end))
    sold = [Sold("old", Period(START, START + day(min(cut, end)))), Sold("new", Period(START + day(cut), FOREVER))]
    bought = [
        found
        for addon, entries in timelines.items()
        for found in instances(addon, [Bought(START + day(number), quantity) for number, quantity in entries.items()])
    ]
    found = stretches(phase, sold, bought)
    assert all(one.lasting.end <= other.lasting.start for one, other in pairwise(found))
    instant = START + day(asked)
    own = ("old" if asked < cut else "new") if instant in phase else None
    had = tuple((one.addon, one.quantity) for one in bought if instant in one.lasting and one.quantity)
    told = [(one.sold, one.additions) for one in found if instant in one.lasting]
    assert told == ([(own, had)] if instant in phase else [])
