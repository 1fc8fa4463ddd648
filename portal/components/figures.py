"""Numbers and instants in running text and cells: figures that line up, money that leads to its reason."""

import reflex as rx

from portal.theme import MUTED


def figure_text(text: str | rx.Var, *, title: str | rx.Var | None = None, muted: bool = False) -> rx.Component:
    """A finished number. `title` shows the exact one where a compact one stands."""
    return rx.el.span(
        text,
        class_name="ml-figures",
        style={"color": MUTED} if muted else {},
        **({"title": title} if title is not None else {}),
    )


def money_text(text: str | rx.Var, href: str | rx.Var | None = None, *, strong: bool = False) -> rx.Component:
    """A finished amount with its currency; `href` leads to what explains it."""
    weight = {"fontWeight": "600"} if strong else {}
    if href is None:
        return rx.el.span(text, class_name="ml-figures", style=weight)
    return rx.link(text, href=href, class_name="ml-link ml-figures", underline="none", style=weight)


def when(text: str | rx.Var, exact: str | rx.Var | None = None, *, muted: bool = True) -> rx.Component:
    """An instant as people read it, with its zone; hovering shows the exact one."""
    extra = {} if exact is None else {"date_time": exact, "title": exact}
    return rx.el.time(
        text, class_name="ml-figures", style={"whiteSpace": "nowrap", **({"color": MUTED} if muted else {})}, **extra
    )
