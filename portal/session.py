"""Who is signed in, as text for the frame around every page; rights are checked elsewhere, at every call."""

import reflex as rx

from backend.access import service as access
from backend.access.roles import Permission, Principal
from backend.errors import DomainError
from backend.infra.context import Context
from portal import boundary
from portal.formatting import initials, instant

STAFF_HOME = "/"
CUSTOMER_HOME = "/my"


class SessionState(rx.State):
    """What the frame shows of the person and their namespace; nothing here grants anything."""

    name: str = ""
    email: str = ""
    role: str = ""
    initials: str = ""
    sandbox_time: str = ""
    rights: list[str] = []

    @rx.event
    async def enter_staff(self):
        """Load the person; send customers to their own pages and strangers to the sign-in."""
        return await self._enter(staff=True)

    @rx.event
    async def enter_customer(self):
        """Load the person; send staff to theirs and strangers to the sign-in."""
        return await self._enter(staff=False)

    async def _enter(self, *, staff: bool) -> rx.event.EventSpec | None:
        try:
            person, self.sandbox_time = await boundary.with_person(self, _sandbox_time)
        except DomainError as error:
            self.reset()
            return boundary.refused(self, error)
        self.name, self.email = person.name, person.email
        self.role = person.role.value.capitalize()
        self.rights = [permission.name for permission in Permission if person.may(permission)]
        self.initials = initials(person.name)
        if (person.customer_id is None) is not staff:
            return rx.redirect(CUSTOMER_HOME if staff else STAFF_HOME, replace=True)
        return None


def allowed(permission: Permission, content: rx.Component) -> rx.Component:
    """Draw a control only for those who may use it; the boundary refuses the others in any case."""
    return rx.cond(SessionState.rights.contains(permission.name), content, rx.fragment())


def _sandbox_time(ctx: Context, person: Principal) -> tuple[Principal, str]:
    clock = access.sandbox_clock(ctx)
    return person, instant(clock.now) if clock.sandbox else ""
