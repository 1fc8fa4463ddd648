"""Which plan an address is about."""

import reflex as rx


def plan_in_address(state: rx.State) -> str:
    """`/plans/01J…` and `/plans/01J…/edit` name the same plan."""
    parts = str(state.router.url.path).strip("/").split("/")
    return parts[1] if len(parts) > 1 else ""
