"""The build takes the backend's address from the page, and says so if it no longer can."""

from pathlib import Path

import pytest
import reflex_base

from portal.same_origin import ANCHOR, STATE_JS, take_address_from_page

TEMPLATE = Path(reflex_base.__file__).parent / ".templates" / "web" / STATE_JS


def test_the_pinned_reflex_has_the_place_to_change() -> None:
    changed = take_address_from_page(TEMPLATE.read_text())
    assert "endpoint.port = page.port" in changed
    assert take_address_from_page(changed) == changed


def test_another_reflex_stops_the_build() -> None:
    with pytest.raises(LookupError, match="not the pinned one"):
        take_address_from_page(TEMPLATE.read_text().replace(ANCHOR, ""))
