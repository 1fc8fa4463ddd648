"""Two versions of an add-on, and what tells them apart."""

import reflex as rx

from backend.catalog.service import addons
from backend.infra.context import Context
from portal.rate_cards.change_rows import addon_rows
from portal.rate_cards.comparing import ComparingEvents, Comparison, older


class AddonChangesState(ComparingEvents, rx.State):
    """What the page of differences shows."""

    ADDRESS = "/add-ons"

    def _compared(self, ctx: Context, after_id: str, before_id: str) -> Comparison:
        after = addons.get(ctx, after_id)
        known = addons.versions(ctx, [after.row.key]).get(after.row.key, [])
        before = addons.get(ctx, older([row.id for row, _ in known], after_id, before_id))
        rows = addon_rows(before.terms, after.terms, after.row.currency)
        choices = [[row.id, f"Version {row.version}, {status.value}"] for row, status in known]
        return Comparison(after.row.name, choices, before.row.id, rows)
