"""Whatever a browser sends, the portal's services are reached only by the person its cookie names."""

from types import SimpleNamespace
from typing import Any

import pytest

from backend.access import service as access
from backend.access.roles import Permission, Role
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.errors import Forbidden, Unauthenticated
from backend.infra.actor import Identity
from backend.infra.context import Context
from portal import boundary
from tests.conftest import Work
from tests.loops import in_a_loop_of_its_own

PASSWORD = "correct horse battery"


def browser(token: str | None) -> Any:
    """As much of a page state as the boundary may look at: the header of its connection."""
    cookie = "" if token is None else f"theme=dark; {access.SESSION_COOKIE}={token}"
    return SimpleNamespace(router=SimpleNamespace(headers=SimpleNamespace(cookie=cookie)))


@pytest.fixture
def staff(work: Work) -> Any:
    """The browser of a viewer: may see everything, change nothing."""
    with work() as ctx:
        access.create_staff(ctx, access.StaffInput("vi@example.com", "Vi", PASSWORD, Role.VIEWER))
    return browser(access.sign_in("vi@example.com", PASSWORD).token)


@pytest.fixture
def customer(work: Work) -> Any:
    """The browser of somebody who acts for the customer `cus_1`."""
    with work() as ctx:
        access.create_customer_user(ctx, access.CustomerUserInput("cy@example.com", "Cy", PASSWORD, "cus_1"))
    return browser(access.sign_in("cy@example.com", PASSWORD).token)


def actor(ctx: Context) -> str:
    return ctx.actor.name


def test_staff_read_as_themselves(staff: Any) -> None:
    assert in_a_loop_of_its_own(boundary.read(staff, actor)) == "Vi"


def test_a_role_without_the_permission_changes_nothing(staff: Any) -> None:
    with pytest.raises(Forbidden, match="may not change meters, features or plans"):
        in_a_loop_of_its_own(boundary.change(staff, actor, need=Permission.CATALOG))


def test_a_rehearsal_needs_what_the_change_needs(staff: Any) -> None:
    with pytest.raises(Forbidden):
        in_a_loop_of_its_own(boundary.rehearse(staff, actor, need=Permission.CUSTOMERS))


def test_a_rehearsal_sees_its_change_and_leaves_no_trace(staff: Any, work: Work) -> None:
    def add(ctx: Context) -> int:
        customers.create(ctx, CustomerInput("Acme", key="acme"))
        return customers.list_customers(ctx)[1]

    assert in_a_loop_of_its_own(boundary.rehearse(staff, add, need=Permission.VIEW)) == 1
    with work() as ctx:
        assert customers.list_customers(ctx)[1] == 0


def test_work_of_its_own_needs_the_permission_before_it_begins(staff: Any) -> None:
    begun: list[str] = []

    def begin(who: Identity) -> None:
        begun.append(who.actor.name)

    with pytest.raises(Forbidden):
        in_a_loop_of_its_own(boundary.perform(staff, begin, need=Permission.INVOICES))
    in_a_loop_of_its_own(boundary.perform(staff, begin, need=Permission.VIEW))
    assert begun == ["Vi"]


def test_a_customer_reaches_their_own_account_and_no_staff_page(customer: Any) -> None:
    assert in_a_loop_of_its_own(boundary.read_mine(customer, lambda _ctx, customer_id: customer_id)) == "cus_1"
    with pytest.raises(Forbidden):
        in_a_loop_of_its_own(boundary.read(customer, actor))


def test_staff_have_no_account_of_their_own(staff: Any) -> None:
    with pytest.raises(Forbidden, match="member of staff"):
        in_a_loop_of_its_own(boundary.read_mine(staff, lambda _ctx, customer_id: customer_id))


@pytest.mark.parametrize("token", [None, "", "made-up", '"; other='])
@pytest.mark.usefixtures("database")
def test_no_session_no_answer(token: str | None) -> None:
    with pytest.raises(Unauthenticated):
        in_a_loop_of_its_own(boundary.read(browser(token), actor))


def test_a_session_that_was_signed_out_is_over_at_once(staff: Any, work: Work) -> None:
    with work() as ctx:
        access.sign_out(ctx, boundary.session_token(staff))
    with pytest.raises(Unauthenticated):
        in_a_loop_of_its_own(boundary.read(staff, actor))
