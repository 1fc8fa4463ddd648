"""What a page's state holds and what the browser's address says, which is always a moment behind or ahead."""

from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import ReflexURL, RouterData

from portal.page_state import Addressed, Loaded
from portal.pages.customers.detail_state import CustomerState
from portal.pages.customers.entitlements.state import EntitlementsState
from portal.pages.events.state import EventsState
from portal.pages.invoices.state import InvoicesState
from portal.pages.meters.usage_state import MeterUsageState
from portal.pages.query.state import QueryState
from tests.loops import in_a_loop_of_its_own


@pytest.mark.parametrize(
    ("kind", "held", "now", "ready"),
    [
        (InvoicesState, "/invoices?stage=paid", "/invoices?stage=paid", True),
        (InvoicesState, "/invoices?stage=paid", "/invoices?stage=gathering", False),
        (InvoicesState, "/invoices?stage=paid", "/invoices", False),
        (InvoicesState, "/invoices", "/invoices?line=01", True),
        (CustomerState, "/customers/01A", "/customers/01B", False),
        (CustomerState, "/customers/01A", "/customers/01A?tab=usage", True),
        (EntitlementsState, "/customers/01A", "/customers/01A?tab=entitlements", False),
    ],
)
def test_what_is_held_is_shown_only_where_it_was_fetched_for(
    kind: type[Loaded], held: str, now: str, ready: bool
) -> None:
    root, state = held_by(kind)
    assert not state.ready

    root.router = at(held)
    state.loaded_at = state._address()
    assert state.ready

    root.router = at(now)
    assert state.ready is ready


CLICKED = {
    QueryState: ("/query?meter=gpu", [("ask", "window", "WHOLE"), ("break_down", "customer"), ("break_down", "model")]),
    MeterUsageState: (
        "/meters/01A",
        [("ask", "range", "90d"), ("ask", "where.model", "a & b"), ("break_down", "model")],
    ),
    EventsState: ("/events", [("choose", "uncounted"), ("narrow", "type", "gpu.job"), ("narrow", "subject", "it's")]),
}
"""A page → where it is, and what somebody clicks there quickly."""


@pytest.mark.parametrize("kind", CLICKED)
def test_what_is_clicked_before_the_browser_arrives_builds_on_what_was_clicked_before(kind: type[Addressed]) -> None:
    start, (first, second, third) = CLICKED[kind]
    at_once, between = held_by(kind), held_by(kind)

    arrive(*at_once, start)
    asked = [click(at_once, *each) for each in (first, second, third)]

    arrive(*between, start)
    led = [click(between, *first), click(between, *second)]
    arrive(*between, led[0])
    led.append(click(between, *third))
    assert led == asked
    arrive(*between, led[1])
    arrive(*between, led[2])
    assert question(between[1]) == question(at_once[1])

    arrive(*between, led[0])
    assert question(between[1]) != question(at_once[1])
    assert click(between, *second) == led[1]


@pytest.mark.parametrize("kind", CLICKED)
def test_an_address_means_the_same_to_who_clicked_and_to_who_was_sent_it(kind: type[Addressed]) -> None:
    start, clicks = CLICKED[kind]
    clicked, sent = held_by(kind), held_by(kind)
    arrive(*clicked, start)
    address = [click(clicked, *each) for each in clicks][-1]
    arrive(*sent, address.replace("+", "%20"))
    assert question(sent[1]) == question(clicked[1])


def held_by(kind: type[Any]) -> tuple[rx.State, Any]:
    """The root of a browser's state, and what one page holds in it."""
    root = rx.State(_reflex_internal_init=True)
    return root, root.get_substate(kind.get_full_name().split("."))


def arrive(root: rx.State, state: Addressed, address: str) -> None:
    root.router = at(address)
    in_a_loop_of_its_own(type(state).arrive.fn(state))


def click(held: tuple[rx.State, Addressed], handler: str, *given: str) -> str:
    """Where an event handler leads to."""
    _, state = held
    led = in_a_loop_of_its_own(getattr(type(state), handler).fn(state, *given))
    return str({str(name): value for name, value in led.args}["path"]._var_value)


def question(state: Addressed) -> dict[str, str]:
    """All that a page's controls show."""
    names = ("meter", "range", "window", "subject", "customer", "type", "chip", "_asked")
    return {name: getattr(state, name) for name in names if hasattr(state, name)}


def at(address: str) -> RouterData:
    return RouterData(url=ReflexURL(f"http://localhost{address}"))
