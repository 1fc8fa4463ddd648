"""The tab of a customer's entitlements: every one with its bar, and below it the chosen quota closer."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.customers.entitlements.grant_form import GrantState, ResetState, grant_form, reset_form
from portal.pages.customers.entitlements.new_form import NewEntitlementState, new_form
from portal.pages.customers.entitlements.quota_rows import SPANS
from portal.pages.customers.entitlements.state import EntitlementsState
from portal.session import allowed
from portal.theme import MUTED

STATE = EntitlementsState
DETAIL = EntitlementsState.detail
TEACHES = (
    "An entitlement says what this customer may use and how much of it. Plans bring them along; "
    "you can also grant one by hand."
)


def entitlements_tab() -> rx.Component:
    """Quotas first; the forms open over the page."""
    new = allowed(
        Permission.CUSTOMERS,
        ui.button("New entitlement", kind="primary", icon="plus", on_click=NewEntitlementState.open),
    )
    some = rx.flex(
        ui.live(STATE.load),
        rx.flex(new, justify="end"),
        ui.card(
            rx.el.ul(
                rx.foreach(STATE.rows, _entitlement),
                aria_label="Entitlements",
                style={"listStyle": "none", "margin": "0", "padding": "0", "display": "grid", "gap": "22px"},
            )
        ),
        rx.cond(DETAIL.id != "", _closer(), rx.fragment()),
        direction="column",
        gap="18px",
    )
    return rx.fragment(
        rx.cond(
            STATE.rows.length() > 0,
            some,
            ui.card(ui.empty_state("No entitlement yet", TEACHES, new, icon="gauge")),
        ),
        grant_form(),
        reset_form(),
        new_form(),
    )


def _entitlement(row: Any) -> rx.Component:
    bar = rx.box(ui.usage_bar(row.name, row.percent, row.words, soft=row.is_soft), title=row.exact)
    plain = rx.flex(
        rx.flex(
            rx.text(row.name, size="2", weight="medium"),
            rx.badge(row.kind, size="1", variant="soft", color_scheme="gray"),
            gap="8px",
            align="center",
        ),
        rx.text(row.words, size="2", color=MUTED, overflow_wrap="anywhere"),
        justify="between",
        gap="12px",
        wrap="wrap",
    )
    about = rx.text(
        rx.cond(row.outlook != "", row.outlook.to(str) + " ", ""),
        row.resets,
        " ",
        row.limit,
        " ",
        rx.cond(
            row.origin_href != "",
            ui.text_link(row.origin, row.origin_href, size="1"),
            rx.el.span(row.origin),
        ),
        size="1",
        color=MUTED,
    )
    return rx.el.li(
        rx.cond(row.is_quota, bar, plain),
        rx.flex(about, _actions(row), justify="between", align="center", gap="10px", wrap="wrap", margin_top="7px"),
        custom_attrs={"data-testid": "entitlement"},
    )


def _actions(row: Any) -> rx.Component:
    look = ui.button("Look closer", size="1", on_click=STATE.choose(row.id))
    quota = rx.fragment(
        ui.button("Grant", size="1", on_click=GrantState.open(row.id, row.name)),
        ui.button("Start anew", size="1", on_click=ResetState.open(row.id, row.name)),
    )
    remove = ui.confirm(
        ui.button("Take away", size="1"),
        "Take " + row.name.to(str) + " away?",
        "Access ends at once. What was used stays counted. This cannot be undone.",
        "Take away",
        STATE.delete(row.id),
    )
    return rx.flex(
        rx.cond(row.is_quota & (row.id != DETAIL.id), look, rx.fragment()),
        allowed(
            Permission.CUSTOMERS,
            rx.fragment(rx.cond(row.is_quota, quota, rx.fragment()), rx.cond(row.can_delete, remove, rx.fragment())),
        ),
        gap="8px",
        wrap="wrap",
    )


def _closer() -> rx.Component:
    head = rx.flex(
        rx.heading(DETAIL.name, as_="h2", size="4", weight="medium"),
        ui.filter_choice("Time", list(SPANS.items()), value=STATE.span, on_change=STATE.choose_span),
        justify="between",
        align="center",
        gap="12px",
        wrap="wrap",
        margin_bottom="14px",
    )
    chart = ui.usage_chart(STATE.figure, label="Balance and usage over time", rows=DETAIL.chart_rows, unit=DETAIL.name)
    young = rx.text("Counting has only just begun; the chart starts with the next minute.", size="2", color=MUTED)
    return rx.fragment(
        ui.card(head, rx.cond(DETAIL.chart_rows.length() > 0, chart, young)),
        ui.section("Grants", _grants()),
        ui.section("Reserved now", _reserved()),
    )


def _grants() -> rx.Component:
    def void(row: Any) -> rx.Component:
        question = ui.confirm(
            ui.button("Void", size="1", aria_label="Void the grant of " + row.amount.to(str)),
            "Void the grant of " + row.amount.to(str) + "?",
            "What is left of it cannot be used any more; what it paid for stays paid. This cannot be undone.",
            "Void",
            STATE.void(row.id),
        )
        return rx.cond(row.can_void, allowed(Permission.CUSTOMERS, question), rx.fragment())

    table = ui.plain_table(
        DETAIL.grants,
        [
            ui.Column("Amount", lambda row: ui.figure_text(row.amount), end=True),
            ui.Column("Left", lambda row: ui.figure_text(row.left), end=True),
            ui.Column("Priority", lambda row: ui.figure_text(row.priority), end=True, wide=True),
            ui.Column("Status", lambda row: ui.status_badge(row.status)),
            ui.Column("Counts", lambda row: rx.text(row.counts, size="2"), wide=True),
            ui.Column("At a reset", lambda row: rx.text(row.terms, size="2"), wide=True),
            ui.Column("", void, tight=True),
        ],
        label="Grants, in the order they are used up",
    )
    none = rx.text("Nothing is granted, so nothing may be used.", size="2", color=MUTED, padding="16px 18px")
    return ui.card(rx.cond(DETAIL.grants.length() > 0, table, none), padding="0")


def _reserved() -> rx.Component:
    def release(row: Any) -> rx.Component:
        question = ui.confirm(
            ui.button("Release", size="1", aria_label="Release the reservation of " + row.amount.to(str)),
            "Release " + row.amount.to(str) + " reserved units?",
            "Whoever holds them can no longer count on them.",
            "Release",
            STATE.release(row.id),
        )
        return allowed(Permission.CUSTOMERS, question)

    table = ui.plain_table(
        DETAIL.reserved,
        [
            ui.Column("Units", lambda row: ui.figure_text(row.amount), end=True),
            ui.Column("Reservation", lambda row: ui.copyable(row.id), wide=True),
            ui.Column("Made", lambda row: ui.when(row.made)),
            ui.Column("Lapses", lambda row: ui.when(row.lapses, row.lapses_exact)),
            ui.Column("", release, tight=True),
        ],
        label="Reservations that are held now",
    )
    none = rx.text(
        "Nothing. A program that reserves units before it uses them can never go beyond the quota.",
        size="2",
        color=MUTED,
        padding="16px 18px",
    )
    return ui.card(
        rx.cond(DETAIL.reserved.length() > 0, table, none),
        rx.cond(
            DETAIL.more_reserved != "",
            rx.text(DETAIL.more_reserved, size="1", color=MUTED, padding="10px 18px"),
            rx.fragment(),
        ),
        padding="0",
    )
