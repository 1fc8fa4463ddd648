"""Who signs in for a customer: the list, the invitation, and the first password, which is shown once."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from backend.access import service as access
from backend.access.models import User
from backend.access.roles import Permission
from backend.access.secret import random_text
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.errors import Conflict, Invalid, NotFound
from backend.infra.context import Context
from portal import boundary
from portal.formatting import day, exact_instant
from portal.keys import name_problem
from portal.page_state import Loaded, last_in_path
from portal.pages.customers.detail_state import of_customer

PASSWORD_LENGTH = 14


@dataclass(frozen=True)
class LoginRow:
    """Somebody who signs in for the customer."""

    id: str
    name: str
    email: str
    since: str
    since_exact: str


class LoginsState(Loaded, rx.State):
    """What the part of a customer's logins shows and does."""

    rows: list[LoginRow] = []
    form_open: bool = False
    problems: dict[str, str] = {}
    password: str = ""
    password_for: str = ""

    async def _fetch(self) -> None:
        self.rows = await of_customer(self, _rows)

    @rx.event
    async def close_form(self):
        """Close the form without inviting anybody."""
        self.form_open = False

    @rx.event
    async def open_invite(self):
        """Show the empty form of an invitation."""
        self.problems, self.form_open = {}, True

    @rx.event
    @boundary.command
    async def invite(self, typed: dict[str, Any]):
        """Make a login for somebody of the customer; the password is shown this once."""
        name, email = str(typed.get("login_name") or "").strip(), str(typed.get("login_email") or "").strip()
        self.problems = {"login_name": name_problem(name)} if name_problem(name) else {}
        if self.problems:
            return None
        customer_id, password = last_in_path(self), random_text()[:PASSWORD_LENGTH]

        def create(ctx: Context) -> User:
            owner = customers.get(ctx, customer_id)
            return access.create_customer_user(ctx, access.CustomerUserInput(email, name, password, owner.id))

        try:
            user = await boundary.change(self, create, need=Permission.CUSTOMERS)
        except (Conflict, Invalid) as error:
            self.problems = {"login_email": boundary.wording(error)}
            return None
        self.form_open, self.password, self.password_for = False, password, user.email
        return LoginsState.load

    @rx.event
    async def forget_password(self):
        """Close the password; nobody can show it again."""
        self.password, self.password_for = "", ""

    @rx.event
    @boundary.command
    async def remove_login(self, user_id: str):
        """Let somebody of this customer sign in no more."""
        customer_id = last_in_path(self)

        def remove(ctx: Context) -> None:
            owner = customers.get(ctx, customer_id, deleted=True)
            if user_id not in {user.id for user in access.list_customer_users(ctx, owner.id)}:
                raise NotFound("This login is not one of the customer's.")
            access.remove_user(ctx, user_id)

        await boundary.change(self, remove, need=Permission.CUSTOMERS)
        return [rx.toast.success("The login is removed"), LoginsState.load]


def _rows(ctx: Context, customer: Customer) -> list[LoginRow]:
    return [_login(user) for user in access.list_customer_users(ctx, customer.id)]


def _login(user: User) -> LoginRow:
    return LoginRow(user.id, user.name, user.email, day(user.created_at), exact_instant(user.created_at))
