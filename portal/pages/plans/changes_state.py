"""Two versions of a plan, and what tells them apart."""

import reflex as rx

from backend.catalog.service import offers, plans
from backend.infra.context import Context
from portal.rate_cards.change_rows import offer_rows, plan_rows
from portal.rate_cards.comparing import ComparingEvents, Comparison, older


class ChangesState(ComparingEvents, rx.State):
    """What the page of differences shows."""

    ADDRESS = "/plans"

    def _compared(self, ctx: Context, after_id: str, before_id: str) -> Comparison:
        after = plans.get(ctx, after_id)
        known = plans.versions(ctx, [after.row.key]).get(after.row.key, [])
        before = plans.get(ctx, older([row.id for row, _ in known], after_id, before_id))
        offered = offers.of_plans(ctx, [before.row.id, after.row.id])
        rows = plan_rows(before.terms, after.terms, after.row.currency)
        rows += offer_rows(offered.get(before.row.id, []), offered.get(after.row.id, []))
        choices = [[row.id, f"Version {row.version}, {status.value}"] for row, status in known]
        return Comparison(after.row.name, choices, before.row.id, rows)
