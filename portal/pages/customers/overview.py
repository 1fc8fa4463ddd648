"""The overview of a customer: warnings, the next charge, their quotas, and who they are."""

import reflex as rx

from portal import components as ui
from portal.pages.customers.attention import attention
from portal.pages.customers.billing import billing
from portal.pages.customers.charge import charge_cards
from portal.pages.customers.detail_state import CustomerState
from portal.pages.customers.logins import logins
from portal.pages.customers.usage_part import usage_bars
from portal.theme import MUTED

SHOWN = CustomerState.shown


def overview() -> rx.Component:
    """Money and usage at the left, people and facts at the right."""
    return rx.flex(
        attention(SHOWN.troubles, SHOWN.alerts),
        rx.grid(
            rx.flex(charge_cards(SHOWN.charges, "/invoices"), _quotas(), direction="column", gap="20px", min_width="0"),
            rx.flex(_facts(), billing(), logins(), direction="column", gap="20px", min_width="0"),
            columns={"initial": "minmax(0, 1fr)", "md": "minmax(0, 1fr) 380px"},
            gap="20px",
        ),
        direction="column",
        gap="16px",
    )


def _quotas() -> rx.Component:
    return ui.card(
        rx.heading("Usage this period", as_="h2", size="3", weight="medium", margin_bottom="16px"),
        usage_bars(SHOWN.bars),
        rx.cond(
            SHOWN.granted.length() > 0,
            rx.text("Also included: ", SHOWN.granted.join(", "), ".", size="2", color=MUTED, margin_top="18px"),
            rx.fragment(),
        ),
    )


def _facts() -> rx.Component:
    plan = rx.flex(
        ui.text_link(SHOWN.plan, SHOWN.plan_href),
        rx.text(SHOWN.plan_note, size="1", color=MUTED),
        direction="column",
        gap="1px",
    )
    subscribe = ui.text_link(
        rx.cond(SHOWN.coming != "", SHOWN.coming, "No plan: start a subscription"), "?tab=subscription"
    )
    return ui.card(
        ui.definition_list(
            ("Plan", rx.cond(SHOWN.plan != "", plan, subscribe)),
            ("Key", ui.copyable(SHOWN.key, label="Copy the key")),
            ("Subjects", rx.text(SHOWN.subjects, size="2", overflow_wrap="anywhere")),
            ("E-mail", rx.text(SHOWN.email, size="2", overflow_wrap="anywhere")),
            ("Address", rx.text(SHOWN.address, size="2")),
            ("Currency", rx.text(SHOWN.currency, size="2")),
            ("Customer since", rx.text(SHOWN.since, size="2")),
        )
    )
