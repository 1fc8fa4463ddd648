"""A sandbox is a namespace to try things in, with somebody of the staff who can sign in to it from the start."""

from backend.access.service.namespaces import NamespaceInput, NewNamespace, create_namespace
from backend.access.service.people import StaffInput, make_staff
from backend.infra.context import Context


def create_sandbox(ctx: Context, key: str, name: str, owner: StaffInput) -> NewNamespace:
    """Make a sandbox with its first API key and a member of staff; all or nothing.

    Raises Forbidden outside the namespace `default`, Invalid with the fields named, Conflict if the key is taken.
    """
    made = create_namespace(ctx, NamespaceInput(key, name, sandbox=True))
    ctx.session.flush()
    make_staff(ctx, made.namespace.key, owner)
    return made
