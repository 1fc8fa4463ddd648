"""How much of an allowance is used, as a bar with its words."""

import reflex as rx

from portal.theme import MUTED


def usage_bar(
    label: str | rx.Var, share: int | rx.Var, words: str | rx.Var, *, note: str | rx.Var = ""
) -> rx.Component:
    """`share` in whole percent, drawn up to 100 and coloured from 80 and 100 on; `words`: "820 of 1,000 used"."""
    percent = rx.Var.create(share)
    colour = rx.cond(percent >= 100, "red", rx.cond(percent >= 80, "amber", "iris"))
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
