"""How much of an allowance is used, as a bar with its words."""

import reflex as rx

from portal.theme import MUTED


def usage_bar(
    label: str | rx.Var,
    share: int | rx.Var,
    words: str | rx.Var,
    *,
    note: str | rx.Var = "",
    soft: bool | rx.Var = False,
) -> rx.Component:
    """`share` in whole percent, drawn up to 100; `words`: "820 of 1,000 used".

    Coloured as a warning from 80 on and, unless the limit is a `soft` one, as a stop from 100 on.
    """
    percent, colour = rx.Var.create(share), _colour(share, soft)
    return rx.flex(
        rx.flex(
            rx.text(label, size="2", weight="medium"),
            rx.text(words, size="2", color=MUTED, class_name="ml-figures"),
            justify="between",
            gap="12px",
            wrap="wrap",
        ),
        rx.progress(
            value=rx.cond(percent > 100, 100, percent), color_scheme=colour, size="2", variant="soft", aria_label=label
        ),
        rx.cond(note != "", rx.text(note, size="1", color=MUTED), rx.fragment()),
        direction="column",
        gap="8px",
        width="100%",
    )


def thin_bar(
    label: str | rx.Var, share: int | rx.Var, *, title: str | rx.Var, soft: bool | rx.Var = False
) -> rx.Component:
    """The same in a table's cell: name, percent and a thin bar; `title` shows the exact numbers."""
    percent, colour = rx.Var.create(share), _colour(share, soft)
    return rx.flex(
        rx.flex(
            rx.text(label, size="1", color=MUTED, truncate=True),
            rx.text(percent.to(str) + "%", size="1", color=MUTED, class_name="ml-figures"),
            justify="between",
            gap="10px",
        ),
        rx.progress(
            value=rx.cond(percent > 100, 100, percent), color_scheme=colour, size="1", variant="soft", aria_label=label
        ),
        direction="column",
        gap="3px",
        width="100%",
        title=title,
    )


def _colour(share: int | rx.Var, soft: bool | rx.Var) -> rx.Var:
    percent, is_soft = rx.Var.create(share), rx.Var.create(soft).bool()
    return rx.cond((percent >= 100) & ~is_soft, "red", rx.cond(percent >= 80, "amber", "iris"))
