"""What each role may do: the whole table on one screen."""

from dataclasses import dataclass
from enum import StrEnum

from backend.errors import Forbidden
from backend.infra.actor import Identity


class Role(StrEnum):
    """What a person is here for."""

    OWNER = "owner"
    PRICING = "pricing"
    OPERATIONS = "operations"
    VIEWER = "viewer"
    CUSTOMER = "customer"


class Permission(StrEnum):
    """One kind of thing that a person may or may not do; the value completes the sentence 'you may not …'."""

    VIEW = "see the pages of staff"
    CATALOG = "change meters, features or plans"
    CUSTOMERS = "change customers, subscriptions or entitlements"
    EVENTS = "send usage events"
    INVOICES = "change invoices or billing settings"
    CLOCK = "move the clock of a sandbox"
    ACCESS = "change API keys, people or namespaces"


STAFF_ROLES = frozenset(Role) - {Role.CUSTOMER}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.PRICING: frozenset({Permission.VIEW, Permission.CATALOG, Permission.CLOCK}),
    Role.OPERATIONS: frozenset(
        {Permission.VIEW, Permission.CUSTOMERS, Permission.EVENTS, Permission.INVOICES, Permission.CLOCK}
    ),
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.CUSTOMER: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind a session, and the namespace they work in."""

    identity: Identity
    role: Role
    customer_id: str | None
    name: str
    email: str

    def may(self, permission: Permission) -> bool:
        """Whether the role has this permission."""
        return permission in PERMISSIONS[self.role]

    def may_see(self, customer_id: str) -> bool:
        """Staff see every customer; a customer user sees their own and no other."""
        return self.may(Permission.VIEW) or (self.customer_id is not None and self.customer_id == customer_id)


def require(principal: Principal, permission: Permission) -> None:
    """Raise Forbidden unless the person has this permission."""
    if not principal.may(permission):
        raise Forbidden(f"Your role, {principal.role}, may not {permission}.")


def require_customer(principal: Principal, customer_id: str) -> None:
    """Raise Forbidden unless the person may see what belongs to this customer."""
    if not principal.may_see(customer_id):
        raise Forbidden("You may see only your own account.")
