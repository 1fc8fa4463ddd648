"""The newest events of a meter's type, each with what it is worth to the meter."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.pages.meters.detail_state import MeterState
from portal.theme import MUTED


def matching() -> rx.Component:
    """The events, or how to send the first one."""
    table = ui.plain_table(
        MeterState.matching,
        [
            ui.Column("When", _when),
            ui.Column("Subject", lambda row: rx.text(row.subject, size="2", overflow_wrap="anywhere")),
            ui.Column("Dimensions", lambda row: rx.text(row.dimensions, size="2", color=MUTED), wide=True),
            ui.Column("Counts", _worth, end=True),
            ui.Column("", lambda row: ui.status_badge(row.status), tight=True, wide=True),
        ],
        label="The newest events",
    )
    return ui.section(
        "The newest events",
        rx.cond(
            MeterState.matching.length() > 0,
            ui.card(table, padding="0"),
            ui.card(
                ui.empty_state(
                    "No event yet",
                    "Events of this meter's type are shown here, each with what it counts for.",
                    ui.link_button("Send the first one", "?tab=send", kind="primary"),
                    icon="activity",
                )
            ),
        ),
        actions=ui.text_link("See all in the inspector", MeterState.events_href, size="2"),
    )


def _when(row: Any) -> rx.Component:
    late = rx.text("stored " + row.late.to(str), size="1", color=MUTED, class_name="ml-wide")
    return rx.fragment(ui.when(row.at, row.at_exact), rx.cond(row.late != "", late, rx.fragment()))


def _worth(row: Any) -> rx.Component:
    wrong = rx.text(row.worth, size="1", color="var(--amber-11)", white_space="normal")
    return rx.cond(row.counts, ui.figure_text(row.worth), wrong)
