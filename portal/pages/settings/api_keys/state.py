"""The list of API keys, the form that makes one, and its secret, which is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx

from backend.access import service as access
from backend.access.models import ApiKey, Scope
from backend.access.roles import Permission
from backend.errors import Invalid, Issue
from backend.infra.clock import wall
from backend.infra.context import Context
from portal import boundary
from portal.formatting import ago, day, exact_instant
from portal.page_state import PAGE_SIZE, Exporting, Listing
from portal.sheet import MOST_ROWS, Sheet, check_size

SCOPES = {
    Scope.INGEST: "Send events only",
    Scope.READ: "Read only",
    Scope.FULL: "Full access",
}
LONGEST_NAME = 256


@dataclass(frozen=True)
class KeyRow:
    """A key as the table shows it; never more of the secret than its first characters."""

    id: str
    name: str
    prefix: str
    scope: str
    created: str
    created_exact: str
    used: str
    used_exact: str
    revocable: bool


COLUMNS = ("id", "name", "prefix", "scope", "created_at", "last_used_at")


class ApiKeysState(Exporting, Listing, rx.State):
    """What the page of API keys shows and does."""

    rows: list[KeyRow] = []
    form_open: bool = False
    problems: dict[str, str] = {}
    secret: str = ""
    secret_name: str = ""

    async def _fetch(self) -> None:
        self.rows, self.total = await boundary.read(self, self._page)

    def _find(self, ctx: Context, offset: int, limit: int) -> tuple[Sequence[ApiKey], int]:
        scope = Scope(self.chip) if self.chip in set(Scope) else None
        return access.list_api_keys(ctx, offset, limit, search=self.search, scope=scope)

    def _page(self, ctx: Context) -> tuple[list[KeyRow], int]:
        keys, total = self._find(ctx, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        now = wall()
        return [to_row(key, now) for key in keys], total

    def _sheet(self, ctx: Context) -> Sheet:
        keys, total = self._find(ctx, 0, MOST_ROWS)
        check_size(total)
        lines = [(key.id, key.name, key.prefix, key.scope, key.created_at, key.last_used_at) for key in keys]
        return Sheet("api-keys", COLUMNS, lines)

    @rx.event
    async def open_form(self):
        """Show the empty form."""
        self.problems, self.form_open = {}, True

    @rx.event
    async def close_form(self):
        """Close the form without making a key."""
        self.form_open = False

    @rx.event
    @boundary.command
    async def create(self, form: dict[str, Any]):
        """Make the key and show its secret this once."""
        try:
            name, scope = _wanted(form)
            key, secret = await boundary.change(
                self, lambda ctx: access.create_api_key(ctx, name, scope), need=Permission.ACCESS
            )
        except Invalid as error:
            self.problems = boundary.field_problems(error)
            return None
        self.form_open, self.secret, self.secret_name = False, secret, key.name
        return ApiKeysState.load

    @rx.event
    async def forget_secret(self):
        """Close the secret; nobody can show it again."""
        self.secret, self.secret_name = "", ""

    @rx.event
    @boundary.command
    async def revoke(self, key_id: str):
        """End a key at once."""
        key = await boundary.change(self, lambda ctx: access.revoke_api_key(ctx, key_id), need=Permission.ACCESS)
        return [rx.toast.success(f"{key.name} is revoked"), ApiKeysState.load]


def to_row(key: ApiKey, now: datetime) -> KeyRow:
    """A key as text. Its uses are told on the wall clock, which programs live by."""
    return KeyRow(
        id=key.id,
        name=key.name,
        prefix=f"{key.prefix}…",
        scope=SCOPES[Scope(key.scope)],
        created=day(key.created_at),
        created_exact=exact_instant(key.created_at),
        used=ago(key.last_used_at, now),
        used_exact=exact_instant(key.last_used_at),
        revocable=not key.root,
    )


def _wanted(form: dict[str, Any]) -> tuple[str, Scope]:
    name, scope = str(form.get("name", "")).strip(), str(form.get("scope", ""))
    issues = []
    if not name:
        issues.append(Issue("name", "required", "Say which program will use this key."))
    if len(name) > LONGEST_NAME:
        issues.append(Issue("name", "too_long", f"A name has at most {LONGEST_NAME} characters."))
    if scope not in set(Scope):
        issues.append(Issue("scope", "unknown", "Choose what the key may do."))
    if issues:
        raise Invalid("The key cannot be made yet.", issues=issues)
    return name, Scope(scope)
