"""What a browser's state still holds from another visit is not shown under the address it is at now."""

import pytest
import reflex as rx
from reflex.istate.data import ReflexURL, RouterData

from portal.page_state import Loaded
from portal.pages.customers.detail_state import CustomerState
from portal.pages.customers.entitlements.state import EntitlementsState
from portal.pages.invoices.state import InvoicesState


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
    root = rx.State(_reflex_internal_init=True)
    state = root.get_substate(kind.get_full_name().split("."))
    assert isinstance(state, kind)
    assert not state.ready

    root.router = at(held)
    state.loaded_at = state._address()
    assert state.ready

    root.router = at(now)
    assert state.ready is ready


def at(address: str) -> RouterData:
    return RouterData(url=ReflexURL(f"http://localhost{address}"))
