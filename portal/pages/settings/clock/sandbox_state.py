"""Where time is real: the form that makes a sandbox to move time in, and the way into it."""

from typing import Any
from urllib.parse import quote

import reflex as rx

from backend.access import service as access
from backend.access.roles import Permission, Role
from backend.errors import Conflict, Invalid
from portal import boundary
from portal.keys import suggested_key


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
