"""Makes a new installation usable: the owner, the first key, and the logins that are told at the start."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from backend.access import service as access
from backend.access.models import Scope
from backend.access.roles import Role
from backend.access.secret import random_text
from backend.infra.context import Context, unit_of_work
from backend.infra.settings import Settings, settings

OWNER = "owner@example.com"
PASSWORD_LENGTH = 14


def first_start(say: Callable[[str], None]) -> None:
    """Apply what the settings say about keys and people; fill an empty database. Safe to repeat."""
    chosen = settings()
    with unit_of_work() as ctx:
        access.ensure_namespace(ctx, "Default")
        access.ensure_root_key(ctx, chosen.api_key.get_secret_value() if chosen.api_key else None)
        if chosen.admin_email and chosen.admin_password:
            access.ensure_admin(ctx, chosen.admin_email, chosen.admin_password.get_secret_value())
        if not access.list_staff(ctx):
            say("Database: empty, making the owner and a first key …")
            _keep(_make_owner(ctx))


def logins() -> list[str]:
    """The logins and keys that the first start made for this database; empty when the settings named them."""
    return _file(settings()).read_text().splitlines() if _file(settings()).exists() else []


def _make_owner(ctx: Context) -> list[str]:
    password = random_text()[:PASSWORD_LENGTH]
    access.create_staff(ctx, access.StaffInput(OWNER, "Owner", password, Role.OWNER))
    _, secret = access.create_api_key(ctx, "First key", Scope.FULL)
    return [f"Owner     {OWNER}  {password}", f"API key   {secret}"]


def _keep(lines: list[str]) -> None:
    """Keep the random passwords where only the person who started Meterline can read them."""
    path = _file(settings())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")


def _file(chosen: Settings) -> Path:
    """One file for each database, so that another database is never told the wrong passwords."""
    which = hashlib.sha256(chosen.database_url.encode()).hexdigest()[:8]
    return (chosen.data_folder or Path("data")) / f"logins-{which}.txt"
