"""Jobs: what runs by itself, how it last went, what is left to do, and what fails."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.formatting import NOTHING
from portal.frame import staff_page
from portal.pages.settings.jobs.run_state import RunState
from portal.pages.settings.jobs.state import JobsState
from portal.session import allowed
from portal.theme import MUTED

EVERY_SECONDS = 5


@staff_page("/settings/jobs", title="Jobs", on_load=JobsState.load)
def jobs() -> rx.Component:
    return rx.fragment(
        ui.live(JobsState.load, EVERY_SECONDS),
        ui.page_header(
            "Jobs",
            subtitle="What runs by itself, again and again. Whatever fails is tried again with the next run.",
        ),
        ui.loaded(JobsState, rx.fragment(_left(), _failures(), _jobs())),
    )


def _left() -> rx.Component:
    run = ui.button("Run billing now", kind="primary", icon="play", loading=RunState.running, on_click=RunState.run_now)
    progress = rx.box(
        rx.progress(value=RunState.percent, size="2", aria_label="How much of the billing run is done"),
        margin_bottom="14px",
    )
    left = rx.cond(RunState.running, RunState.left, JobsState.left)
    return ui.section(
        "Left to do",
        rx.cond(RunState.running, progress, rx.fragment()),
        ui.stat_row(rx.foreach(left, lambda row: ui.stat_card(row.what, row.count))),
        note="What is due at this moment. Billing runs every few seconds by itself; the figures fall while it does.",
        actions=allowed(Permission.INVOICES, run),
    )


def _failures() -> rx.Component:
    table = ui.card(
        ui.plain_table(
            JobsState.failed,
            [
                ui.Column("What", _what),
                ui.Column("Why", lambda row: rx.text(row.reason, size="2"), wide=True),
                ui.Column("Failed", lambda row: ui.figure_text(row.times), tight=True, wide=True),
                ui.Column("Last", lambda row: ui.when(row.last, row.last_exact), tight=True, wide=True),
                ui.Column("", _try_again, tight=True),
            ],
            label="What fails",
        ),
        padding="0",
    )
    nothing = ui.card(rx.text("Nothing fails at present.", size="2", color=MUTED))
    return ui.section("What fails", rx.cond(JobsState.failed.length() > 0, table, nothing))


def _what(row: Any) -> rx.Component:
    """On narrow screens with the reason, which stands in a column of its own elsewhere."""
    return rx.fragment(
        ui.row_link(row.what, row.href, note=row.subject),
        rx.text(row.reason, " \N{MIDDLE DOT} ", row.times, size="1", class_name="ml-narrow", overflow_wrap="anywhere"),
    )


def _try_again(row: Any) -> rx.Component:
    return allowed(
        Permission.INVOICES,
        ui.button(
            "Retry",
            size="1",
            icon="rotate-ccw",
            aria_label="Retry: " + row.what + " " + row.subject,
            loading=JobsState.trying == row.work + " " + row.subject,
            on_click=JobsState.try_again(row.work, row.subject),
        ),
    )


def _jobs() -> rx.Component:
    empty = ui.empty_state("No job has run yet", "A few seconds after the start, each one has.", icon="timer")
    table = ui.plain_table(
        JobsState.jobs,
        [
            ui.Column("Job", _job),
            ui.Column("Last run", _last),
            ui.Column("Took", lambda row: ui.figure_text(row.took), end=True, wide=True),
            ui.Column("Longest wait", lambda row: ui.figure_text(row.lag), end=True, wide=True),
            ui.Column("Runs", lambda row: ui.figure_text(row.runs), end=True, wide=True),
            ui.Column("Failures", lambda row: ui.figure_text(row.failures), end=True),
        ],
        label="Jobs",
    )
    return ui.section("Jobs", ui.card(rx.cond(JobsState.jobs.length() > 0, table, empty), padding="0"))


def _job(row: Any) -> rx.Component:
    return rx.flex(
        rx.text(row.name, size="2", weight="medium"),
        rx.text(row.what, size="1", color=MUTED),
        rx.cond(row.reason != "", rx.text(row.reason, size="1", color="var(--red-11)"), rx.fragment()),
        direction="column",
        gap="1px",
    )


def _last(row: Any) -> rx.Component:
    """On narrow screens with what stands in columns of their own elsewhere."""
    waited = rx.cond(row.lag == NOTHING, "", ", longest wait " + row.lag.to(str))
    took = rx.text("Took ", row.took, waited, size="1", color=MUTED, class_name="ml-narrow")
    return rx.fragment(
        rx.flex(
            ui.status_badge(row.status), ui.when(row.last, row.last_exact), align="center", gap="4px 8px", wrap="wrap"
        ),
        took,
    )
