"""Shows a part of a page in one of its three states: loading, failed, there."""

from typing import Any

import reflex as rx

from portal.components.error_section import error_section
from portal.components.skeleton import skeleton_card


def loaded(state: Any, content: rx.Component, *, skeleton: rx.Component | None = None) -> rx.Component:
    """`content` once the `Loaded` state is ready; the skeleton before; its problem, with Retry, if it failed."""
    return rx.cond(
        state.problem != "",
        error_section(state.problem, state.load),
        rx.cond(state.ready, content, skeleton if skeleton is not None else skeleton_card()),
    )
