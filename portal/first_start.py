"""Makes a new installation usable: keys and people of the settings, or an owner and a key made up on the spot."""

from collections.abc import Callable

from backend.access import service as access
from backend.access.models import Scope
from backend.access.roles import Role
from backend.access.secret import random_text
from backend.infra.context import Context, unit_of_work
from backend.infra.settings import settings

OWNER = "owner@example.com"
PASSWORD_LENGTH = 14


def first_start(say: Callable[[str], None]) -> list[str]:
    """Apply what the settings say about keys and people; give an empty database an owner and a key.

    Safe to repeat. The logins it made are returned, to be told once: only their hashes are kept.
    """
    chosen = settings()
    with unit_of_work() as ctx:
        access.ensure_namespace(ctx, "Default")
        access.ensure_root_key(ctx, chosen.api_key.get_secret_value() if chosen.api_key else None)
        if chosen.admin_email and chosen.admin_password:
            access.ensure_admin(ctx, chosen.admin_email, chosen.admin_password.get_secret_value())
        if access.list_staff(ctx):
            return []
        say("Database: empty, making an owner and a first API key …")
        return _make_owner(ctx)


def _make_owner(ctx: Context) -> list[str]:
    password = random_text()[:PASSWORD_LENGTH]
    access.create_staff(ctx, access.StaffInput(OWNER, "Owner", password, Role.OWNER))
    _, secret = access.create_api_key(ctx, "First key", Scope.FULL)
    return [f"Staff     {OWNER}  {password}", f"API key   {secret}"]
