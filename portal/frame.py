"""The frame around every page: sidebar, sandbox banner, the person; and how a page joins it.

`@staff_page` and `@customer_page` register a page at its route, put it into the right frame, and let it
load after the person is known. They guard nothing: `boundary` does, at every call.
"""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from portal.components.brand import wordmark
from portal.navigation import CUSTOMER, STAFF, Place
from portal.session import SessionState
from portal.theme import BORDER, CANVAS, MUTED, SIDEBAR_WIDTH, SURFACE

Content = Callable[[], rx.Component]
Groups = dict[str, tuple[Place, ...]]
WIDE = ["none", "none", "none", "flex"]
NARROW = ["flex", "flex", "flex", "none"]

_routes: set[str] = set()


def staff_page(route: str, *, title: str, on_load: Any = ()) -> Callable[[Content], Content]:
    """Register a page of the staff's portal. `on_load` is the page state's `load`, or several handlers."""
    return _page(route, title, [SessionState.enter_staff, *_several(on_load)], STAFF)


def customer_page(route: str, *, title: str, on_load: Any = ()) -> Callable[[Content], Content]:
    """Register a page of the customers' portal, under `/my`."""
    return _page(route, title, [SessionState.enter_customer, *_several(on_load)], CUSTOMER)


def _page(route: str, title: str, on_load: list[Any], groups: Groups) -> Callable[[Content], Content]:
    def register(content: Content) -> Content:
        _routes.add(route)

        @rx.page(route=route, title=f"{title} \N{MIDDLE DOT} Meterline", on_load=on_load)
        def framed() -> rx.Component:
            return _frame(content(), groups, route)

        return content

    return register


def _frame(content: rx.Component, groups: Groups, route: str) -> rx.Component:
    return rx.flex(
        rx.el.a("Skip to the content", href="#content", class_name="ml-skip"),
        _sidebar(groups, route),
        rx.flex(
            _top_bar(groups, route),
            _sandbox_banner(),
            rx.el.main(
                rx.flex(content, direction="column", gap="22px", max_width="1180px", margin="0 auto", width="100%"),
                id="content",
                style={"padding": "28px clamp(16px, 3vw, 40px) 64px", "minWidth": "0", "width": "100%"},
            ),
            direction="column",
            flex="1",
            min_width="0",
        ),
        min_height="100vh",
        background=CANVAS,
        width="100%",
    )


def _sidebar(groups: Groups, route: str) -> rx.Component:
    return rx.el.aside(
        rx.flex(
            rx.box(wordmark(), padding="18px 18px 12px"),
            rx.box(_links(groups, route), flex="1", overflow_y="auto", padding="0 10px"),
            _person(),
            direction="column",
            display=WIDE,
            position="sticky",
            top="0",
            height="100vh",
            width=SIDEBAR_WIDTH,
            flex_shrink="0",
            background=SURFACE,
            border_right=BORDER,
        ),
        class_name="ml-chrome",
    )


def _links(groups: Groups, route: str) -> rx.Component:
    drawn: list[rx.Component] = []
    for name, places in groups.items():
        present = [place for place in places if place.route in _routes]
        if not present:
            continue
        drawn.append(rx.text(name, size="1", weight="medium", color="var(--gray-10)", padding="14px 10px 5px", as_="p"))
        drawn.extend(_link(place, current=place == _here(groups, route)) for place in present)
    return rx.el.nav(*drawn, aria_label="Main")


def _link(place: Place, *, current: bool) -> rx.Component:
    return rx.link(
        rx.icon(place.icon, size=16, aria_hidden="true"),
        place.label,
        href=place.route,
        underline="none",
        class_name="ml-nav-link",
        **({"aria_current": "page"} if current else {}),
    )


def _here(groups: Groups, route: str) -> Place | None:
    """The place of the sidebar that a page belongs to: `/customers/[id]` belongs to `/customers`."""
    within = [
        place
        for places in groups.values()
        for place in places
        if route == place.route or route.startswith(f"{place.route}/")
    ]
    return max(within, key=lambda place: len(place.route), default=None)


def _person() -> rx.Component:
    return rx.flex(
        rx.menu.root(
            rx.menu.trigger(
                rx.el.button(
                    rx.flex(
                        rx.avatar(fallback=SessionState.initials, size="2", radius="full", variant="soft"),
                        rx.flex(
                            rx.text(SessionState.name, size="2", weight="medium", truncate=True),
                            rx.text(SessionState.role, size="1", color=MUTED),
                            direction="column",
                            min_width="0",
                            text_align="left",
                        ),
                        align="center",
                        gap="10px",
                        min_width="0",
                    ),
                    type="button",
                    aria_label="Your account",
                    class_name="ml-copy",
                    style={"flex": "1", "minWidth": "0", "padding": "6px", "margin": "0", "color": "inherit"},
                )
            ),
            rx.menu.content(
                rx.text(SessionState.email, size="1", color=MUTED, padding="6px 10px"),
                rx.menu.separator(),
                rx.menu.item("Sign out", custom_attrs={"data-sign-out": "true"}),
                size="2",
            ),
        ),
        _mode_toggle(),
        align="center",
        gap="6px",
        padding="10px",
        border_top=BORDER,
    )


def _mode_toggle() -> rx.Component:
    return rx.icon_button(
        rx.color_mode_cond(rx.icon("moon", size=16), rx.icon("sun", size=16)),
        on_click=rx.toggle_color_mode,
        variant="ghost",
        color_scheme="gray",
        size="2",
        aria_label="Switch between light and dark",
        margin="0 4px 0 0",
    )


def _top_bar(groups: Groups, route: str) -> rx.Component:
    """On narrow screens: the name, and the sidebar in a drawer."""
    menu = rx.drawer.root(
        rx.drawer.trigger(
            rx.icon_button(
                rx.icon("menu", size=18), variant="ghost", color_scheme="gray", size="2", aria_label="Open the menu"
            )
        ),
        rx.drawer.overlay(z_index="20", background="rgba(0, 0, 0, 0.45)"),
        rx.drawer.portal(
            rx.drawer.content(
                rx.flex(
                    rx.drawer.title(wordmark(), style={"padding": "18px 18px 8px", "margin": "0"}),
                    rx.drawer.description("Pages of Meterline", class_name="ml-hidden"),
                    rx.box(_links(groups, route), flex="1", overflow_y="auto", padding="0 10px"),
                    _person(),
                    direction="column",
                    height="100%",
                    width="100%",
                ),
                style={
                    "top": "0",
                    "left": "0",
                    "right": "auto",
                    "height": "100%",
                    "width": "272px",
                    "background": SURFACE,
                    "zIndex": "21",
                },
            )
        ),
        direction="left",
    )
    return rx.flex(
        wordmark(),
        menu,
        display=NARROW,
        justify="between",
        align="center",
        padding="10px 16px",
        border_bottom=BORDER,
        background=SURFACE,
        position="sticky",
        top="0",
        z_index="10",
        class_name="ml-chrome",
    )


def _sandbox_banner() -> rx.Component:
    """A sandbox never looks like the real thing: the banner says what time it is in there."""
    return rx.cond(
        SessionState.sandbox_time != "",
        rx.flex(
            rx.icon("flask-conical", size=15, aria_hidden="true"),
            rx.text("Sandbox. Nothing here is charged. Its clock shows ", SessionState.sandbox_time, ".", size="2"),
            align="center",
            justify="center",
            gap="8px",
            padding="7px 16px",
            background="var(--amber-a3)",
            color="var(--amber-12)",
            border_bottom="1px solid var(--amber-a5)",
        ),
        rx.fragment(),
    )


def _several(on_load: Any) -> Sequence[Any]:
    return on_load if isinstance(on_load, list | tuple) else [on_load]
