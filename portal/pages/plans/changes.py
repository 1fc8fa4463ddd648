"""The differences between two versions of a plan, in words."""

import reflex as rx

from portal.frame import staff_page
from portal.pages.plans.changes_state import ChangesState
from portal.rate_cards.compared import compared_versions


@staff_page("/plans/[plan_id]/changes", title="What changed", on_load=ChangesState.load)
def changes_page() -> rx.Component:
    """Two versions to choose, and the table."""
    return compared_versions(
        ChangesState,
        "Plans",
        "Plan",
        "Subscriptions keep the version they were sold; a change is for those who buy or move later.",
    )
