"""The overview: revenue, usage that accrues, subscriptions, events, and what waits for somebody."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.overview.state import AccruingState, ActivityState, RevenueState
from portal.pages.overview.todo_state import TodoState
from portal.theme import BORDER, MUTED

EVERY = 10


@staff_page(
    "/",
    title="Overview",
    on_load=[RevenueState.load, ActivityState.load, TodoState.load, AccruingState.load],
)
def overview() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            "Overview", subtitle=rx.cond(RevenueState.today != "", "How things stand on " + RevenueState.today, "")
        ),
        ui.stat_row(
            _figure(RevenueState, "Revenue this month", RevenueState.revenue, RevenueState.revenue_note, "/invoices"),
            _figure(AccruingState, "Accruing", AccruingState.amount, AccruingState.note, "/invoices?stage=gathering"),
            _figure(RevenueState, "MRR", RevenueState.recurring, RevenueState.recurring_note, "/customers"),
            _figure(
                RevenueState, "Running subscriptions", RevenueState.running, RevenueState.running_note, "/customers"
            ),
            _figure(ActivityState, "Events in the last hour", ActivityState.hour, ActivityState.minute, "/events"),
        ),
        rx.grid(_chart(), _todo(), columns=rx.breakpoints(initial="1", lg="5fr 3fr"), gap="20px", width="100%"),
        ui.live(ActivityState.load, EVERY),
    )


def _figure(state: Any, label: str, value: rx.Var, note: rx.Var, href: str) -> rx.Component:
    failed = ui.card(
        rx.text(label, size="2", color=MUTED, weight="medium"),
        rx.text("Could not be loaded.", size="2", margin="6px 0 8px", role="alert"),
        ui.button("Retry", size="1", icon="rotate-ccw", on_click=state.load, title=state.problem),
        padding="16px 18px",
    )
    return rx.cond(
        state.problem != "",
        failed,
        rx.cond(state.ready, ui.stat_card(label, value, note=note, href=href), ui.skeleton_card(2)),
    )


def _chart() -> rx.Component:
    state = RevenueState
    currency = rx.cond(
        state.currencies.length() > 1,
        ui.filter_choice("Currency", state.currencies, value=state.currency, on_change=state.choose_currency),
        rx.fragment(),
    )
    return ui.section(
        "Revenue by month",
        ui.card(
            ui.loaded(
                state,
                ui.usage_chart(
                    state.figure,
                    label="Revenue by month in " + state.currency,
                    rows=state.points,
                    unit=state.currency,
                ),
                skeleton=ui.skeleton_lines(8),
            )
        ),
        actions=currency,
    )


def _todo() -> rx.Component:
    nothing = rx.flex(
        rx.icon("circle-check", size=17, color="var(--grass-11)", aria_hidden="true"),
        rx.text("Nothing waits for you.", size="2", color=MUTED),
        align="center",
        gap="9px",
        padding="18px 20px",
    )
    return ui.section(
        "To do",
        ui.card(
            ui.loaded(
                TodoState,
                rx.cond(TodoState.tasks.length() > 0, rx.box(rx.foreach(TodoState.tasks, _task)), nothing),
                skeleton=rx.box(ui.skeleton_lines(4), padding="20px"),
            ),
            padding="0",
        ),
    )


def _task(task: Any, index: Any) -> rx.Component:
    return rx.link(
        rx.flex(
            rx.cond(
                task.severe,
                rx.icon("triangle-alert", size=16, color="var(--red-11)", flex_shrink="0", margin_top="2px"),
                rx.icon("circle-dot", size=16, color="var(--amber-11)", flex_shrink="0", margin_top="2px"),
            ),
            rx.box(
                rx.text(task.title, size="2", weight="medium"),
                rx.text(task.why, size="1", color=MUTED, margin_top="2px", word_break="break-word"),
                flex="1",
                min_width="0",
            ),
            rx.icon("chevron-right", size=15, color="var(--gray-9)", flex_shrink="0", margin_top="2px"),
            gap="11px",
            padding="13px 18px",
            border_top=rx.cond(index == 0, "none", BORDER),
            _hover={"background": "var(--gray-a2)"},
        ),
        href=task.href,
        underline="none",
        color="inherit",
        display="block",
    )
