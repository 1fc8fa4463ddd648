"""The phases of a plan on a timeline: what each costs, how long it lasts, where something is wrong."""

import reflex as rx

from portal.pages.plans.builder.state import BuilderState
from portal.theme import MUTED


def timeline() -> rx.Component:
    """From the start of a subscription to its end; pressing a phase shows what a customer pays in it."""
    return rx.el.ol(rx.foreach(BuilderState.lines, _segment), class_name="ml-timeline", aria_label="Phases in time")


def _segment(phase: rx.Var, number: rx.Var) -> rx.Component:
    here = BuilderState.viewed_phase == number
    wrong = rx.flex(
        rx.icon("triangle-alert", size=12, aria_hidden="true"),
        "to do",
        align="center",
        gap="4px",
        color="var(--amber-11)",
        font_size="12px",
    )
    return rx.el.li(
        rx.el.button(
            rx.text(phase.starts, size="1", color=MUTED, as_="span"),
            rx.flex(
                rx.text(phase.name, size="2", weight="medium", as_="span", truncate=True),
                rx.cond(phase.is_wrong, wrong, rx.fragment()),
                align="center",
                justify="between",
                gap="8px",
                width="100%",
            ),
            rx.text(phase.costs, " ", phase.how_long, size="1", color=MUTED, as_="span", class_name="ml-figures"),
            type="button",
            class_name="ml-timeline-phase",
            aria_pressed=rx.cond(here, "true", "false"),
            on_click=BuilderState.view_phase(number),
        ),
        class_name=rx.cond(phase.is_last, "ml-timeline-last", ""),
    )
