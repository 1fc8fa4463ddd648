"""The audit log, page by page, and the changes of the entry that was opened."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx

from backend.access import service as access
from backend.infra.actor import ActorKind
from backend.infra.audit import AuditEntry
from backend.infra.context import Context
from portal import boundary
from portal.formatting import NOTHING, exact_instant, instant, words
from portal.page_state import PAGE_SIZE, Exporting, Listing
from portal.sheet import MOST_ROWS, Cell, Sheet, check_size

ACTORS = {ActorKind.STAFF: "Staff", ActorKind.API_KEY: "API keys", ActorKind.CUSTOMER: "Customers"}
ENTITIES = {
    "customer": "Customer",
    "customer_subject": "Usage subject",
    "meter": "Meter",
    "feature": "Feature",
    "plan": "Plan",
    "plan_phase": "Plan phase",
    "rate_card": "Rate card",
    "subscription": "Subscription",
    "subscription_phase": "Subscription phase",
    "subscription_item": "Subscription item",
    "entitlement": "Entitlement",
    "invoice": "Invoice",
    "invoice_line": "Invoice line",
    "invoice_correction": "Invoice correction",
    "billing_profile": "Billing profile",
    "billing_customer_override": "Customer's billing profile",
    "app": "App",
    "api_key": "API key",
    "user_account": "User",
    "namespace": "Namespace",
    "namespace_clock": "Sandbox clock",
}
VERBS = {"create": "Created", "update": "Changed", "delete": "Removed", "advance": "Moved"}
WHOLE = {"sign_in": "Signed in", "sign_out": "Signed out"}
PAGES = {
    "customer": "/customers/",
    "meter": "/meters/",
    "plan": "/plans/",
    "invoice": "/invoices/",
    "billing_profile": "/settings/billing-profiles/",
}
NAMES = ("name", "number", "key", "slug", "email", "subject_key", "feature_key")
LONGEST_VALUE = 300
COLUMNS = ("at", "actor_kind", "actor_id", "actor_name", "action", "entity", "entity_id", "changes")


@dataclass(frozen=True)
class AuditRow:
    """An entry as the table shows it."""

    id: str
    at: str
    at_exact: str
    who: str
    kind: str
    what: str
    name: str
    entity_id: str
    href: str
    fields: str


@dataclass(frozen=True)
class ChangeRow:
    """One field of the opened entry: what it was and what it is."""

    field: str
    before: str
    after: str


class AuditState(Exporting, Listing, rx.State):
    """What the page of the audit log shows."""

    rows: list[AuditRow] = []
    entity: str = ""
    opened: bool = False
    row: AuditRow = AuditRow("", "", "", "", "", "", "", "", "", "")
    changes: list[ChangeRow] = []
    _changes: dict[str, dict[str, Any]] = {}

    @rx.var
    def narrowed(self) -> bool:
        """Whether a search or filter hides something."""
        return bool(self.search or self.chip or self.entity)

    async def _fetch(self) -> None:
        entries, self.total = await boundary.read(self, self._page)
        self.rows = [to_row(entry) for entry in entries]
        self._changes = {entry.id: entry.changes for entry in entries}

    def _page(self, ctx: Context) -> Any:
        return self._find(ctx, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)

    def _find(self, ctx: Context, offset: int, limit: int) -> tuple[Sequence[AuditEntry], int]:
        return access.list_audit(
            ctx,
            entity=self.entity or None,
            actor_kind=ActorKind(self.chip) if self.chip in set(ActorKind) else None,
            search=self.search,
            offset=offset,
            limit=limit,
        )

    def _sheet(self, ctx: Context) -> Sheet:
        entries, total = self._find(ctx, 0, MOST_ROWS)
        check_size(total)
        return Sheet("audit-log", COLUMNS, map(_line, entries))

    @rx.event
    async def choose_entity(self, entity: str):
        """Show the changes of one kind of thing; the empty one shows all."""
        self.entity, self.page = entity if entity in ENTITIES else "", 1
        return AuditState.load

    @rx.event
    async def show_all(self):
        """Drop search and filters."""
        self.search, self.chip, self.entity, self.page = "", "", "", 1
        self.clearings += 1
        return AuditState.load

    @rx.event
    async def open_entry(self, entry_id: str):
        """Show what an entry of this page changed."""
        found = next((row for row in self.rows if row.id == entry_id), None)
        if found is None:
            return
        self.row, self.opened = found, True
        self.changes = to_changes(self._changes.get(entry_id, {}))

    @rx.event
    async def close_entry(self):
        """Close the opened entry."""
        self.opened = False


def to_row(entry: AuditEntry) -> AuditRow:
    """An entry as text."""
    page = PAGES.get(entry.entity)
    return AuditRow(
        id=entry.id,
        at=instant(entry.at),
        at_exact=exact_instant(entry.at),
        who=entry.actor_name,
        kind=words(entry.actor_kind),
        what=WHOLE.get(entry.action)
        or f"{VERBS.get(entry.action, words(entry.action))} {_lower(_entity(entry.entity))}",
        name=_name(entry.changes) or ("" if entry.action in WHOLE else entry.entity_id),
        entity_id=entry.entity_id,
        href=f"{page}{entry.entity_id}" if page else "",
        fields=", ".join(words(field).lower() for field in list(entry.changes)[:4]) or NOTHING,
    )


def _line(entry: AuditEntry) -> Sequence[Cell]:
    changes = json.dumps(entry.changes, ensure_ascii=False, sort_keys=True)
    by = (entry.actor_kind, entry.actor_id, entry.actor_name)
    return entry.at, *by, entry.action, entry.entity, entry.entity_id, changes


def to_changes(changes: dict[str, Any]) -> list[ChangeRow]:
    """Field by field; a new row has no values before."""
    rows = []
    for field, value in sorted(changes.items()):
        before, after = value if isinstance(value, list) and len(value) == 2 else (None, value)
        rows.append(ChangeRow(words(field), _text(before), _text(after)))
    return rows


def _entity(table: str) -> str:
    return ENTITIES.get(table) or words(table)


def _lower(text: str) -> str:
    """In the middle of a sentence, unless it is an abbreviation."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def _name(changes: dict[str, Any]) -> str:
    for field in NAMES:
        value = changes.get(field)
        if isinstance(value, list) and len(value) == 2:
            value = value[1]
        if isinstance(value, str) and value:
            return value
    return ""


def _text(value: Any) -> str:
    if value is None or value in ("", {}, []):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and "T" in value[:11]:
        try:
            return instant(datetime.fromisoformat(value))
        except ValueError:
            return value[:LONGEST_VALUE]
    return str(value)[:LONGEST_VALUE]
