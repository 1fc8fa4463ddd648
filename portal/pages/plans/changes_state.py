"""Two versions of a plan side by side: which ones, and what tells them apart."""

import reflex as rx

from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import offers, plans
from backend.errors import Invalid
from backend.infra.context import Context
from portal import boundary
from portal.page_state import Loaded, asked, named_in_path
from portal.pages.plans.change_rows import ChangeRow, offer_rows, rows_of


class ChangesState(Loaded, rx.State):
    """What the page of differences shows. The newer version stands in the path, the older one after `from`."""

    name: str = ""
    before_id: str = ""
    after_id: str = ""
    choices: list[list[str]] = []
    rows: list[ChangeRow] = []

    async def _fetch(self) -> None:
        after_id, before_id = named_in_path(self), asked(self, "from")
        found = await boundary.read(self, lambda ctx: _compared(ctx, after_id, before_id))
        self.name, self.choices, self.before_id, self.rows = found
        self.after_id = after_id

    @rx.event
    @boundary.command
    async def compare(self, side: str, version_id: str):
        """Choose the older (`before`) or the newer version (`after`)."""
        if version_id not in [known for known, _ in self.choices]:
            raise Invalid("The plan has no such version.")
        before = version_id if side == "before" else self.before_id
        after = version_id if side == "after" else self.after_id
        return rx.redirect(f"/plans/{after}/changes?from={before}", replace=True)


def _compared(ctx: Context, after_id: str, before_id: str) -> tuple[str, list[list[str]], str, list[ChangeRow]]:
    after = plans.get(ctx, after_id)
    known = plans.versions(ctx, [after.row.key]).get(after.row.key, [])
    chosen = before_id if before_id in [row.id for row, _ in known] else _previous(after, [row.id for row, _ in known])
    before = plans.get(ctx, chosen)
    offered = offers.of_plans(ctx, [before.row.id, after.row.id])
    rows = rows_of(before.terms, after.terms, after.row.currency)
    rows += offer_rows(offered.get(before.row.id, []), offered.get(after.row.id, []))
    choices = [[row.id, f"Version {row.version}, {status.value}"] for row, status in known]
    return after.row.name, choices, before.row.id, rows


def _previous(after: PlanVersion, known: list[str]) -> str:
    """The version before; the first one is compared with itself."""
    place = known.index(after.row.id) if after.row.id in known else len(known)
    return known[max(0, place - 1)] if known else after.row.id
