"""Text that people carry elsewhere: ids, keys and snippets, each with a copy button."""

import reflex as rx

from portal.theme import BORDER, MONO, MUTED


def _icons() -> list[rx.Component]:
    return [
        rx.el.span(rx.icon("copy", size=13), class_name="ml-copy-icon", style={"display": "inline-flex"}),
        rx.el.span(rx.icon("check", size=13), class_name="ml-copy-done"),
    ]


def copyable(
    text: str | rx.Var, *, label: str = "Copy the id", shown: str | rx.Var | None = None, font: str = MONO
) -> rx.Component:
    """An id in monospace; a click copies it. `shown` may be shorter than what is copied, in another font."""
    return rx.el.button(
        rx.flex(
            rx.el.span(text if shown is None else shown, style={"fontFamily": font, "fontSize": "12.5px"}),
            *_icons(),
            align="center",
            gap="7px",
            color=MUTED,
        ),
        type="button",
        class_name="ml-copy",
        aria_label=label,
        title=label,
        custom_attrs={"data-copy": text},
    )


def code_block(text: str | rx.Var, *, label: str = "Copy the snippet") -> rx.Component:
    """A snippet or payload, scrolled inside its box, with a copy button in the corner."""
    return rx.box(
        rx.el.pre(
            text,
            tab_index=0,
            style={
                "margin": "0",
                "padding": "14px 44px 14px 16px",
                "overflow": "auto",
                "maxHeight": "420px",
                "fontFamily": MONO,
                "fontSize": "12.5px",
                "lineHeight": "1.6",
            },
        ),
        rx.el.button(
            *_icons(),
            type="button",
            class_name="ml-copy",
            aria_label=label,
            title=label,
            custom_attrs={"data-copy": text},
            style={"position": "absolute", "top": "10px", "right": "10px", "color": MUTED, "padding": "5px"},
        ),
        position="relative",
        background="var(--gray-a2)",
        border=BORDER,
        border_radius="8px",
        width="100%",
        min_width="0",
    )
