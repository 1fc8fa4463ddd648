"""The differences between two versions of an add-on, in words."""

import reflex as rx

from portal.frame import staff_page
from portal.pages.addons.changes_state import AddonChangesState
from portal.rate_cards.compared import compared_versions


@staff_page("/add-ons/[addon_id]/changes", title="What changed", on_load=AddonChangesState.load)
def addon_changes_page() -> rx.Component:
    """Two versions to choose, and the table."""
    return compared_versions(
        AddonChangesState,
        "Add-ons",
        "Add-on",
        "Who has it keeps the version that was bought; plans offer the new one once it is put on them.",
    )
