"""The head of every page: where it stands, what it is called, its id and status, what can be done."""

from typing import Any

import reflex as rx

from portal.components.copyable import copyable
from portal.theme import MUTED

Crumb = tuple[str | rx.Var, str | rx.Var]


def page_header(
    title: str | rx.Var,
    *,
    crumbs: list[Crumb] | None = None,
    subtitle: str | rx.Var | None = None,
    copy_id: str | rx.Var | None = None,
    status: rx.Component | None = None,
    actions: list[rx.Component] | None = None,
) -> rx.Component:
    """Breadcrumb of (label, address), title with status pill, copyable id, and actions at the right."""
    beneath: list[rx.Component] = []
    if subtitle is not None:
        beneath.append(rx.text(subtitle, size="2", color=MUTED, max_width="75ch"))
    if copy_id is not None:
        beneath.append(copyable(copy_id))
    return rx.flex(
        *([_breadcrumb(crumbs)] if crumbs else []),
        rx.flex(
            rx.flex(
                rx.flex(
                    rx.heading(title, as_="h1", size="6", weight="bold", letter_spacing="-0.015em"),
                    *([status] if status is not None else []),
                    align="center",
                    gap="12px",
                    wrap="wrap",
                ),
                *beneath,
                direction="column",
                gap="4px",
                min_width="0",
            ),
            *([rx.flex(*actions, gap="8px", align="center", wrap="wrap")] if actions else []),
            justify="between",
            align="start",
            gap="16px",
            wrap="wrap",
        ),
        direction="column",
        gap="6px",
        width="100%",
    )


def _breadcrumb(crumbs: list[Crumb]) -> rx.Component:
    parts: list[Any] = []
    for label, href in crumbs:
        if parts:
            parts.append(rx.icon("chevron-right", size=13, color="var(--gray-8)", aria_hidden="true"))
        parts.append(rx.link(label, href=href, size="2", color=MUTED, underline="hover"))
    return rx.el.nav(rx.flex(*parts, align="center", gap="6px"), aria_label="Breadcrumb")
