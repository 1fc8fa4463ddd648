"""The people who sign in for a customer, and the invitation of one more."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.customers.logins_state import LoginsState
from portal.session import allowed
from portal.theme import MUTED


def logins() -> rx.Component:
    """Everybody who signs in, and the way to invite one more."""

    def login(row: Any) -> rx.Component:
        remove = ui.confirm(
            ui.button("Remove", size="1", aria_label="Remove the login of " + row.name.to(str)),
            "Remove the login of " + row.name.to(str) + "?",
            "Their open sessions end at once and they cannot sign in again.",
            "Remove",
            LoginsState.remove_login(row.id),
        )
        return rx.flex(
            rx.flex(
                rx.text(row.name, size="2", weight="medium"),
                rx.text(row.email, size="1", color=MUTED, overflow_wrap="anywhere"),
                direction="column",
                gap="1px",
                min_width="0",
            ),
            allowed(Permission.CUSTOMERS, remove),
            justify="between",
            align="center",
            gap="12px",
        )

    nobody = rx.text("Nobody yet. An invited person sees this customer's usage and invoices.", size="2", color=MUTED)
    return ui.card(
        rx.flex(
            rx.heading("Logins", as_="h2", size="3", weight="medium"),
            allowed(
                Permission.CUSTOMERS,
                ui.button("Invite", icon="user-plus", size="1", on_click=LoginsState.open_invite),
            ),
            justify="between",
            align="center",
            margin_bottom="14px",
        ),
        rx.cond(
            LoginsState.rows.length() > 0,
            rx.flex(rx.foreach(LoginsState.rows, login), direction="column", gap="12px"),
            nobody,
        ),
    )


def invite_form() -> rx.Component:
    """Who is invited."""
    problems = LoginsState.problems
    return ui.drawer(
        ui.text_field("Name", "login_name", problem=problems.get("login_name", ""), auto_focus=True),
        ui.text_field("E-mail", "login_email", type="email", problem=problems.get("login_email", "")),
        title="Invite somebody of this customer",
        note="They see this customer's usage and invoices, and nothing else. A password is made and shown once.",
        is_open=LoginsState.form_open,
        on_close=LoginsState.close_form,
        on_submit=LoginsState.invite,
        save="Make the login",
    )


def password_once() -> rx.Component:
    """The first password, shown this once."""
    return ui.shown_once(
        "A login for " + LoginsState.password_for,
        "This is the first password. Pass it on now: it is not kept and cannot be shown again.",
        LoginsState.password,
        LoginsState.forget_password,
        label="Copy the password",
    )
