"""Where time is real: the form that makes a sandbox to move time in, and the way into it."""

from typing import Any
from urllib.parse import quote

import reflex as rx

from backend.access import service as access
from backend.access.roles import Permission, Role
from backend.errors import Conflict, Invalid
from portal import boundary
from portal import components as ui
from portal.keys import suggested_key
from portal.theme import MUTED


class NewSandboxState(rx.State):
    """The form, and afterwards the secret of the sandbox's first key, shown once."""

    form_open: bool = False
    problems: dict[str, str] = {}
    key: str = ""
    key_is_own: bool = False
    secret: str = ""
    sign_in: str = ""

    @rx.event
    async def open_form(self):
        """Show the empty form."""
        self.form_open, self.problems, self.key, self.key_is_own = True, {}, "", False

    @rx.event
    async def close_form(self):
        """Close the form without making anything."""
        self.form_open = False

    @rx.event
    async def name_typed(self, name: str):
        """Suggest a key from the name until somebody writes their own."""
        if not self.key_is_own:
            self.key = suggested_key(name)

    @rx.event
    async def key_typed(self, key: str):
        """Keep the key that was typed."""
        self.key, self.key_is_own = key, bool(key)

    @rx.event
    @boundary.command
    async def create(self, form: dict[str, Any]):
        """Make the sandbox with the person who asks as its owner."""
        name, key, password = (str(form.get(field, "")).strip() for field in ("sandbox_name", "key", "password"))
        person = await boundary.with_person(self, lambda _ctx, person: person)
        owner = access.StaffInput(person.email, person.name, password, Role.OWNER)
        try:
            made = await boundary.change(
                self, lambda ctx: access.create_sandbox(ctx, key, name, owner), need=Permission.ACCESS
            )
        except Invalid as error:
            self.problems = boundary.field_problems(error)
            return None
        except Conflict as error:
            self.problems = {"key": str(error)}
            return None
        self.form_open, self.secret = False, made.secret
        self.sign_in = f"/login?namespace={quote(made.namespace.key)}"
        return rx.toast.success(f"The sandbox {name} is ready")

    @rx.event
    async def forget_secret(self):
        """Close the secret; nobody can show it again."""
        self.secret = ""


def new_sandbox() -> rx.Component:
    """The button, its form, and what is shown once it is made."""
    state = NewSandboxState
    form = ui.drawer(
        ui.text_field(
            "Name",
            "sandbox_name",
            placeholder="Playground",
            on_change=state.name_typed,
            problem=state.problems.get("name", ""),
            auto_focus=True,
        ),
        ui.text_field(
            "Key",
            "key",
            value=state.key,
            on_change=state.key_typed,
            hint="Stands in the address of its sign-in page. It cannot change.",
            problem=state.problems.get("key", ""),
        ),
        ui.text_field(
            "Your password there",
            "password",
            type="password",
            auto_complete="new-password",
            hint="You sign in to the sandbox with your e-mail address and this password.",
            problem=state.problems.get("password", ""),
        ),
        title="New sandbox",
        note="It starts empty, has its own customers, keys and people, and charges nobody.",
        is_open=state.form_open,
        on_close=state.close_form,
        on_submit=state.create,
        save="Create sandbox",
    )
    return rx.fragment(
        ui.button("Create a sandbox", kind="primary", icon="flask-conical", on_click=state.open_form), form, _made()
    )


def _made() -> rx.Component:
    state = NewSandboxState
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title("The sandbox is ready", size="4"),
            rx.alert_dialog.description(
                "This is the secret of its first API key, with full access. Copy it now: it cannot be shown again.",
                size="2",
                color=MUTED,
            ),
            rx.box(ui.code_block(state.secret, label="Copy the secret"), margin_top="16px"),
            rx.flex(
                rx.alert_dialog.action(ui.button("Stay here", on_click=state.forget_secret)),
                ui.link_button("Sign in to the sandbox", state.sign_in, kind="primary"),
                gap="10px",
                justify="end",
                margin_top="20px",
            ),
            max_width="520px",
        ),
        open=state.secret != "",
    )
