"""The table of every list page: the server searches, filters and pages; a row leads to its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal.components.card import card
from portal.components.empty_state import nothing_found
from portal.components.error_section import error_section
from portal.components.list_controls import list_pager, list_toolbar
from portal.components.skeleton import skeleton_table
from portal.theme import BORDER, MUTED

Draw = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and how a row fills it. `end` for figures, which stand right-aligned.

    `sort` is the key in the state's SORTS that the heading orders by; a `wide` one is left out on narrow screens.
    """

    title: str
    cell: Draw
    end: bool = False
    tight: bool = False
    wide: bool = False
    sort: str = ""

    @property
    def look(self) -> str:
        return " ".join(
            name for name, on in (("ml-end", self.end), ("ml-tight", self.tight), ("ml-wide", self.wide)) if on
        )


def data_table(  # noqa: PLR0913 - a table has this many parts, all named
    state: Any,
    columns: Sequence[Column],
    *,
    label: str,
    empty: rx.Component,
    search: str = "",
    chips: Sequence[tuple[str, str]] = (),
    filters: Sequence[rx.Component] = (),
    menu: Draw | None = None,
    export: bool = False,
) -> rx.Component:
    """The rows of a `Listing` state (its `rows`), in whichever of its states: loading, failed, empty, there.

    `search` is the field's placeholder; `chips` are (value, label), the empty value shows all; `filters` are
    controls made by `filter_choice` and `filter_text`; `menu` draws a row's menu; `export` adds the button that takes
    the rows of an `Exporting` state away as CSV.
    """
    shown = [*columns, Column("", menu, tight=True)] if menu is not None else list(columns)
    table = rx.box(_table(state.rows, shown, label, state), list_pager(state, padding="10px 16px", border_top=BORDER))
    return card(
        list_toolbar(
            state, search=search, chips=chips, filters=filters, export=export, padding="12px 16px", border_bottom=BORDER
        ),
        rx.cond(
            state.problem != "",
            error_section(state.problem, state.load),
            rx.cond(
                ~state.ready,
                skeleton_table(),
                rx.cond(state.total > 0, table, rx.cond(state.narrowed, nothing_found(state.show_all), empty)),
            ),
        ),
        padding="0",
    )


def plain_table(rows: rx.Var, columns: Sequence[Column], *, label: str) -> rx.Component:
    """A table without search, pages or order, for the parts of a detail page."""
    return _table(rows, columns, label, None)


def answer_table(state: Any, *, label: str) -> rx.Component:
    """A table whose headings are known only with the answer: the state's `headings` and `rows` of text, paged.

    The last column is a figure.
    """

    def heading(text: rx.Var, index: rx.Var) -> rx.Component:
        return rx.el.th(text, scope="col", class_name=_last(index))

    def line(row: rx.Var) -> rx.Component:
        return rx.el.tr(rx.foreach(row, lambda text, index: rx.el.td(text, class_name=_last(index))))

    def _last(index: rx.Var) -> rx.Var:
        return rx.cond(index == state.headings.length() - 1, "ml-end", "")

    return rx.box(
        rx.box(
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.foreach(state.headings, heading))),
                rx.el.tbody(rx.foreach(state.rows, line)),
                class_name="ml-table",
                aria_label=label,
            ),
            class_name="ml-scroll",
        ),
        list_pager(state, padding="10px 16px", border_top=BORDER),
    )


def _table(rows: rx.Var, columns: Sequence[Column], label: str, state: Any) -> rx.Component:
    head = [_head(column, state) for column in columns]

    def line(row: Any) -> rx.Component:
        return rx.el.tr(*[rx.el.td(column.cell(row), class_name=column.look) for column in columns])

    return rx.box(
        rx.el.table(
            rx.el.thead(rx.el.tr(*head)),
            rx.el.tbody(rx.foreach(rows, line)),
            class_name="ml-table",
            aria_label=label,
        ),
        class_name="ml-scroll",
    )


def row_link(text: str | rx.Var, href: str | rx.Var, *, note: str | rx.Var | None = None) -> rx.Component:
    """The cell that leads to a row's page, with an optional second line such as its key."""
    link = rx.link(text, href=href, underline="none", class_name="ml-row-link", color="inherit")
    if note is None:
        return link
    return rx.flex(link, rx.text(note, size="1", color=MUTED), direction="column", gap="1px")


def row_menu(label: str | rx.Var, *items: rx.Component) -> rx.Component:
    """The "…" at a row's end; `label` names the row for those who cannot see it."""
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=16), variant="ghost", color_scheme="gray", size="1", aria_label=label
            )
        ),
        rx.menu.content(*items, align="end", size="1"),
    )


def menu_item(label: str, on_click: Any, *, danger: bool = False) -> rx.Component:
    """An entry of a row's menu that does something."""
    return rx.menu.item(label, on_click=on_click, **({"color": "red"} if danger else {}))


def menu_link(label: str, href: str | rx.Var) -> rx.Component:
    """An entry of a row's menu that goes somewhere."""
    return rx.menu.item(rx.link(label, href=href, underline="none", color="inherit", width="100%"))


def _head(column: Column, state: Any) -> rx.Component:
    title = column.title or rx.el.span("Actions", class_name="ml-hidden")
    if state is None or not column.sort:
        return rx.el.th(title, scope="col", class_name=column.look)
    chosen = state.sort == column.sort
    return rx.el.th(
        rx.el.button(
            title,
            rx.cond(
                chosen,
                rx.cond(state.descending, _arrow("arrow-down"), _arrow("arrow-up")),
                _arrow("chevrons-up-down", opacity="0.45"),
            ),
            type="button",
            class_name="ml-sort",
            on_click=state.sort_by(column.sort),
        ),
        scope="col",
        class_name=column.look,
        aria_sort=rx.cond(chosen, rx.cond(state.descending, "descending", "ascending"), "none"),
    )


def _arrow(name: str, **props: Any) -> rx.Component:
    return rx.icon(name, size=12, aria_hidden="true", **props)
