"""Users and roles: who of the staff signs in, and what their role lets them do."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission, Role
from portal import components as ui
from portal.frame import staff_page
from portal.pages.settings.users.state import ROLES, UsersState
from portal.session import SessionState, allowed
from portal.theme import MUTED


@staff_page("/settings/users", title="Users and roles", on_load=UsersState.load)
def users() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            "Users and roles",
            subtitle="The staff who sign in here. Customers' own users are made on the customer's page.",
            actions=[_new()],
        ),
        ui.data_table(
            UsersState,
            [
                ui.Column("Name", _name),
                ui.Column("Role", lambda row: ui.status_badge(row.role)),
                ui.Column("May change", lambda row: rx.text(row.may, size="2", color=MUTED)),
                ui.Column("Since", lambda row: ui.when(row.since, row.since_exact)),
                ui.Column("", _remove, tight=True),
            ],
            label="Users",
            search="Search by name or e-mail",
            export=True,
            chips=[("", "All"), *((role.value, role.value.capitalize()) for role in ROLES)],
            empty=ui.empty_state("Nobody yet", "A user is a member of staff with a role.", _new(), icon="user-cog"),
        ),
        _form(),
    )


def _new() -> rx.Component:
    return allowed(Permission.ACCESS, ui.button("New user", kind="primary", icon="plus", on_click=UsersState.open_form))


def _name(row: Any) -> rx.Component:
    return rx.flex(
        rx.text(row.name, size="2", weight="medium"),
        rx.text(row.email, size="1", color=MUTED),
        direction="column",
        gap="1px",
    )


def _remove(row: Any) -> rx.Component:
    question = ui.confirm(
        ui.button("Remove", size="1", aria_label="Remove " + row.name),
        "Remove " + row.name + "?",
        "Their open sessions end at once and they cannot sign in again. What they did stays in the audit log.",
        "Remove",
        UsersState.remove(row.id),
    )
    you = rx.text("You", size="1", color=MUTED)
    return rx.cond(row.email == SessionState.email, you, allowed(Permission.ACCESS, question))


def _form() -> rx.Component:
    return ui.drawer(
        ui.text_field("Name", "name", problem=UsersState.problems.get("name", ""), auto_focus=True),
        ui.text_field("E-mail", "email", type="email", problem=UsersState.problems.get("email", "")),
        ui.text_field(
            "First password",
            "password",
            type="password",
            auto_complete="new-password",
            hint="Tell it to them in person.",
            problem=UsersState.problems.get("password", ""),
        ),
        ui.choice_field(
            "Role",
            "role",
            [(role.value, f"{role.value.capitalize()}: {text[0].lower()}{text[1:]}") for role, text in ROLES.items()],
            default_value=Role.VIEWER.value,
            problem=UsersState.problems.get("role", ""),
        ),
        title="New user",
        note="They sign in with their e-mail address and this password.",
        is_open=UsersState.form_open,
        on_close=UsersState.close_form,
        on_submit=UsersState.create,
        save="Create user",
    )
