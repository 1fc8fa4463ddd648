"""The list of corrections: what was found wrong about issued invoices, and what became of it."""

import reflex as rx

from backend.invoicing import service as invoicing
from backend.invoicing.correction_models import CorrectionStatus
from backend.invoicing.service import CorrectionFilter
from portal import boundary
from portal.correction_words import CorrectionRow, correction_row
from portal.page_state import PAGE_SIZE, Listing, asked
from portal.pages.corrections.deciding import Deciding


class CorrectionsState(Deciding, Listing, rx.State):
    """What the page of corrections shows and does."""

    ADDRESSED_BY = ("chip",)
    SORTS = ("number", "customer", "created_at")

    rows: list[CorrectionRow] = []

    @rx.event
    async def enter(self):
        """Take the filter from the address: `/corrections?chip=waiting`."""
        wanted = asked(self, "chip")
        if wanted != self.chip:
            self.chip, self.page = wanted, 1

    async def _fetch(self) -> None:
        known = self.chip in set(CorrectionStatus)
        wanted = CorrectionFilter(
            statuses=(CorrectionStatus(self.chip),) if known else (),
            search=self.search,
            order_by=self.sort or "created_at",
            descending=self.descending or not self.sort,
            offset=(self.page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )
        found, self.total = await boundary.read(self, lambda ctx: invoicing.list_corrections(ctx, wanted))
        self.rows = [correction_row(row) for row in found]
