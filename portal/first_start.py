"""Makes a new installation usable: the demo company, keys and people of the settings, or ones made up on the spot."""

from collections.abc import Callable

from backend import seed
from backend.access import service as access
from backend.access.models import Scope
from backend.access.roles import Role
from backend.access.secret import random_text
from backend.infra.context import Context, unit_of_work
from backend.infra.settings import Seed, SettingsError, settings

OWNER = "owner@example.com"
PASSWORD_LENGTH = 14
HALF_TOLD = "METERLINE_DATABASE_URL: the demo company in this database was interrupted; start with an empty one."


def first_start(say: Callable[[str], None]) -> list[str]:
    """Fill an empty database as the settings say, and see to their keys and people; safe to repeat.

    The logins it made are returned, to be told once: only their hashes are kept. Raises SettingsError when an earlier
    first start was killed while it told the demo, because half a year of invoices is no demo.
    """
    is_new = _is_new()
    demo = is_new and settings().seed is Seed.DEMO
    told = _plant_demo(say) if demo else []
    with unit_of_work() as ctx:
        access.ensure_namespace(ctx, "Northwind AI" if demo else "Default", sandbox=demo)
        return [*_keys_and_people(ctx), *told]


def _is_new() -> bool:
    """Whether this database was never started; the namespace is its last mark of a finished first start."""
    with unit_of_work(writing=False) as ctx:
        is_new = not access.list_namespaces(ctx, limit=1)[0]
        if is_new and seed.is_planted(ctx):
            raise SettingsError(HALF_TOLD)
        return is_new


def _plant_demo(say: Callable[[str], None]) -> list[str]:
    say("Database: empty, telling a year of the demo company …")
    planted = seed.plant(_password(), say=say)
    return [f"Customer  {planted.customer_email}  {planted.customer_password}"]


def _keys_and_people(ctx: Context) -> list[str]:
    chosen = settings()
    access.ensure_root_key(ctx, chosen.api_key.get_secret_value() if chosen.api_key else None)
    if chosen.admin_email and chosen.admin_password:
        access.ensure_admin(ctx, chosen.admin_email, chosen.admin_password.get_secret_value())
    return [] if access.list_staff(ctx) else _make_owner(ctx)


def _make_owner(ctx: Context) -> list[str]:
    password = _password()
    access.create_staff(ctx, access.StaffInput(OWNER, "Owner", password, Role.OWNER))
    _, secret = access.create_api_key(ctx, "First key", Scope.FULL)
    return [f"Staff     {OWNER}  {password}", f"API key   {secret}"]


def _password() -> str:
    return random_text()[:PASSWORD_LENGTH]
