"""The table of roles: what each may do, and whose account a customer sees."""

import pytest

from backend.access.roles import PERMISSIONS, Permission, Principal, Role, require, require_customer
from backend.errors import Forbidden
from backend.infra.actor import Actor, ActorKind, Identity


def person(role: Role, customer_id: str | None = None) -> Principal:
    return Principal(
        Identity("default", Actor(ActorKind.STAFF, "01", "Anna")), role, customer_id, "Anna", "a@b.example"
    )


def test_every_role_has_its_line() -> None:
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.OWNER, Permission.ACCESS, None),
        (Role.PRICING, Permission.CATALOG, Permission.INVOICES),
        (Role.OPERATIONS, Permission.INVOICES, Permission.CATALOG),
        (Role.OPERATIONS, Permission.EVENTS, Permission.ACCESS),
        (Role.VIEWER, Permission.VIEW, Permission.CLOCK),
        (Role.CUSTOMER, None, Permission.VIEW),
    ],
)
def test_a_role_may_do_its_part(role: Role, may: Permission | None, may_not: Permission | None) -> None:
    if may:
        require(person(role), may)
    if may_not:
        with pytest.raises(Forbidden, match=f"Your role, {role}, may not"):
            require(person(role), may_not)


def test_a_customer_sees_their_own_account_and_no_other() -> None:
    require_customer(person(Role.CUSTOMER, "01MINE"), "01MINE")
    require_customer(person(Role.VIEWER), "01ANY")
    for stranger in (person(Role.CUSTOMER, "01MINE"), person(Role.CUSTOMER)):
        with pytest.raises(Forbidden):
            require_customer(stranger, "01OTHER")
