"""The staff who sign in, the form that lets somebody in, and the question before somebody is removed."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from backend.access import service as access
from backend.access.models import User
from backend.access.roles import STAFF_ROLES, Permission, Role
from backend.errors import Conflict, Invalid, Issue
from backend.infra.context import Context
from portal import boundary
from portal.formatting import day, exact_instant
from portal.page_state import PAGE_SIZE, Exporting, Listing
from portal.sheet import Sheet, check_size

ROLES = {
    Role.OWNER: "Everything, also keys and people",
    Role.PRICING: "Meters, features and plans",
    Role.OPERATIONS: "Customers, subscriptions, invoices and events",
    Role.VIEWER: "Looks, changes nothing",
}


@dataclass(frozen=True)
class PersonRow:
    """A member of staff as the table shows them."""

    id: str
    name: str
    email: str
    role: str
    may: str
    since: str
    since_exact: str


COLUMNS = ("id", "name", "email", "role", "created_at")


class UsersState(Exporting, Listing, rx.State):
    """What the page of users shows and does."""

    rows: list[PersonRow] = []
    form_open: bool = False
    problems: dict[str, str] = {}

    async def _fetch(self) -> None:
        self.rows, self.total = await boundary.read(self, lambda ctx: _page(ctx, self.page, self.search, self.chip))

    def _sheet(self, ctx: Context) -> Sheet:
        found = _matching(ctx, self.search, self.chip)
        check_size(len(found))
        lines = [(user.id, user.name, user.email, user.role, user.created_at) for user in found]
        return Sheet("users", COLUMNS, lines)

    @rx.event
    async def open_form(self):
        """Show the empty form."""
        self.problems, self.form_open = {}, True

    @rx.event
    async def close_form(self):
        """Close the form without letting anybody in."""
        self.form_open = False

    @rx.event
    @boundary.command
    async def create(self, form: dict[str, Any]):
        """Let somebody in; what is wrong is said at its field."""
        try:
            wanted = _wanted(form)
            user = await boundary.change(self, lambda ctx: access.create_staff(ctx, wanted), need=Permission.ACCESS)
        except Invalid as error:
            self.problems = boundary.field_problems(error)
            return None
        except Conflict as error:
            self.problems = {"email": str(error)}
            return None
        self.form_open = False
        return [rx.toast.success(f"{user.name} can sign in now"), UsersState.load]

    @rx.event
    @boundary.command
    async def remove(self, user_id: str):
        """Let somebody in no more, and end their sessions."""
        await boundary.change(self, lambda ctx: access.remove_user(ctx, user_id), need=Permission.ACCESS)
        return [rx.toast.success("They can no longer sign in"), UsersState.load]


def _page(ctx: Context, page: int, search: str, role: str) -> tuple[list[PersonRow], int]:
    found = _matching(ctx, search, role)
    return [to_row(user) for user in found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]], len(found)


def _matching(ctx: Context, search: str, role: str) -> list[User]:
    """The staff are few: all are read, and those who match are kept."""
    wanted = search.lower()
    return [
        user
        for user in access.list_staff(ctx)
        if (not role or user.role == role) and (wanted in user.name.lower() or wanted in user.email)
    ]


def to_row(user: User) -> PersonRow:
    """A member of staff as text."""
    role = Role(user.role)
    return PersonRow(
        id=user.id,
        name=user.name,
        email=user.email,
        role=role.value.capitalize(),
        may=ROLES[role],
        since=day(user.created_at),
        since_exact=exact_instant(user.created_at),
    )


def _wanted(form: dict[str, Any]) -> access.StaffInput:
    name, email, password, role = (str(form.get(field, "")) for field in ("name", "email", "password", "role"))
    issues = []
    if not name.strip():
        issues.append(Issue("name", "required", "Say who this is."))
    if role not in STAFF_ROLES:
        issues.append(Issue("role", "unknown", "Choose a role."))
    if issues:
        raise Invalid("This person cannot be let in yet.", issues=issues)
    return access.StaffInput(email=email, name=name.strip(), password=password, role=Role(role))
