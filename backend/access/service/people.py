"""The people who sign in: staff with a role, and users who act for one customer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.access import repository
from backend.access.models import User
from backend.access.password import hash_password, is_password
from backend.access.roles import STAFF_ROLES, Role
from backend.access.secret import fingerprint
from backend.access.service.namespaces import wall_instant
from backend.errors import Conflict, Invalid, Issue, NotFound
from backend.infra.context import Context

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class StaffInput:
    """A member of staff to be made."""

    email: str
    name: str
    password: str
    role: Role


@dataclass(frozen=True, slots=True)
class CustomerUserInput:
    """Somebody who may see one customer's usage and invoices."""

    email: str
    name: str
    password: str
    customer_id: str


def create_staff(ctx: Context, wanted: StaffInput) -> User:
    """Let a member of staff sign in. Raises Conflict if somebody here has the e-mail address already."""
    return make_staff(ctx, ctx.namespace, wanted)


def make_staff(ctx: Context, namespace: str, wanted: StaffInput) -> User:
    """Let a member of staff sign in to a namespace that the unit of work need not be in, such as one just made."""
    if wanted.role not in STAFF_ROLES:
        raise Invalid(
            f"{wanted.role} is not a role of staff.", issues=[Issue("role", "role", "Choose a role of staff.")]
        )
    return _create(replace(ctx, namespace=namespace), wanted, wanted.role, None)


def create_customer_user(ctx: Context, wanted: CustomerUserInput) -> User:
    """Let somebody sign in for a customer, which the caller has looked up. Raises Conflict like `create_staff`."""
    return _create(ctx, wanted, Role.CUSTOMER, wanted.customer_id)


def list_staff(ctx: Context) -> Sequence[User]:
    """The members of staff by e-mail address."""
    return repository.users(ctx, None)


def list_customer_users(ctx: Context, customer_id: str) -> Sequence[User]:
    """The people who act for a customer, by e-mail address."""
    return repository.users(ctx, customer_id)


def remove_user(ctx: Context, user_id: str) -> None:
    """Let somebody sign in no more, and end their sessions; raises Conflict for the last owner."""
    user = _get(ctx, user_id)
    owners = [found for found in list_staff(ctx) if found.role == Role.OWNER]
    if owners == [user]:
        raise Conflict("The last owner cannot be removed: nobody could let anybody in.")
    user.deleted_at = ctx.now
    ctx.session.add(user)
    repository.revoke_sessions(ctx, user.id, wall_instant(ctx), None)


def change_password(ctx: Context, user_id: str, current: str, new: str, *, token: str | None = None) -> None:
    """Change one's own password, and end every session but the one with this token.

    Raises Invalid if the current password is not right or the new one is too short.
    """
    user = _get(ctx, user_id)
    if not is_password(current, user.password_hash):
        message = "The current password is not right."
        raise Invalid(message, issues=[Issue("current", "wrong_password", message)])
    _set_password(ctx, user, new, token)


def ensure_admin(ctx: Context, email: str, password: str) -> User:
    """Let the owner of the settings METERLINE_ADMIN_EMAIL and METERLINE_ADMIN_PASSWORD sign in.

    Safe to repeat at every start: a changed password replaces the earlier one and ends its sessions.
    A changed address makes another owner; the earlier one stays until it is removed.
    """
    user = repository.user_by_email(ctx, normal_email(email))
    if user is None:
        return create_staff(ctx, StaffInput(email, "Administrator", password, Role.OWNER))
    if user.customer_id is not None:
        raise Conflict(f"{user.email} already signs in for a customer and cannot be the administrator.")
    user.role = Role.OWNER
    ctx.session.add(user)
    if not is_password(password, user.password_hash):
        _set_password(ctx, user, password, None)
    return user


def normal_email(email: str) -> str:
    """The address in the form in which it is kept and compared."""
    return email.strip().lower()


def _create(ctx: Context, wanted: StaffInput | CustomerUserInput, role: Role, customer_id: str | None) -> User:
    email = normal_email(wanted.email)
    if not EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL:
        message = f"{wanted.email!r} is not an e-mail address."
        raise Invalid(message, issues=[Issue("email", "email", message)])
    if repository.user_by_email(ctx, email) is not None:
        raise Conflict(f"Somebody already signs in with {email}.")
    user = User(
        namespace=ctx.namespace,
        email=email,
        name=wanted.name.strip() or email,
        password_hash=hash_password(wanted.password),
        role=role,
        customer_id=customer_id,
    )
    ctx.session.add(user)
    return user


def _get(ctx: Context, user_id: str) -> User:
    user = repository.user(ctx, user_id)
    if user is None:
        raise NotFound("This person does not exist or has been removed.")
    return user


def _set_password(ctx: Context, user: User, password: str, token: str | None) -> None:
    user.password_hash = hash_password(password)
    ctx.session.add(user)
    repository.revoke_sessions(ctx, user.id, wall_instant(ctx), fingerprint(token) if token else None)
