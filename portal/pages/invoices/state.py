"""The list of invoices: sorted into piles, each with what it comes to."""

from collections.abc import Iterable
from dataclasses import dataclass

import reflex as rx

from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import Pile, Stage, StageFilter
from portal import boundary
from portal.formatting import words
from portal.invoice_words import InvoiceRow, amounts, invoice_row
from portal.page_state import PAGE_SIZE, Exporting, Listing, asked
from portal.pages.invoices.sheet import invoices_sheet
from portal.sheet import MOST_ROWS, Sheet, check_size

MOST_TO_RATE = 50
"""Up to so many gathering invoices are rated for the sum of their pile; each costs a look at its events."""


@dataclass(frozen=True)
class StageTab:
    """One pile: how many lie in it and what they come to."""

    key: str
    label: str
    count: str
    total: str


class InvoicesState(Exporting, Listing, rx.State):
    """What the page of invoices shows."""

    ADDRESSED_BY = ("stage",)
    SORTS = ("number", "customer", "created_at", "due_at")

    rows: list[InvoiceRow] = []
    tabs: list[StageTab] = []
    stage: str = ""

    @rx.var
    def is_filtered(self) -> bool:
        """Whether a search or a pile hides something."""
        return bool(self.search or self.stage)

    @rx.event
    async def enter(self):
        """Take the pile from the address."""
        wanted = asked(self, "stage")
        wanted = wanted if wanted in set(Stage) else ""
        if wanted != self.stage:
            self.stage, self.page = wanted, 1

    async def _fetch(self) -> None:
        wanted = self._wanted((self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        self.rows, self.total, self.tabs = await boundary.read(self, lambda ctx: _read(ctx, wanted))

    def _wanted(self, offset: int, limit: int) -> StageFilter:
        return StageFilter(
            (Stage(self.stage),) if self.stage else (),
            search=self.search,
            order_by=self.sort or "created_at",
            descending=self.descending or not self.sort,
            offset=offset,
            limit=limit,
        )

    def _sheet(self, ctx: Context) -> Sheet:
        found, total = invoicing.list_by_stage(ctx, self._wanted(0, MOST_ROWS))
        check_size(total)
        return invoices_sheet(ctx, found)

    @rx.event
    async def show_all(self):
        """Drop the search and go to all invoices."""
        self.search, self.page = "", 1
        self.clearings += 1
        return rx.redirect("/invoices") if self.stage else InvoicesState.load


def _read(ctx: Context, wanted: StageFilter) -> tuple[list[InvoiceRow], int, list[StageTab]]:
    found, total = invoicing.list_by_stage(ctx, wanted)
    return [invoice_row(ctx, invoice, "/invoices") for invoice in found], total, _tabs(ctx)


def _tabs(ctx: Context) -> list[StageTab]:
    piles = invoicing.piles(ctx)
    tabs = [_tab("", "All", piles, "")]
    for stage in Stage:
        here = [pile for pile in piles if pile.stage is stage]
        if stage is Stage.AWAITING_APPROVAL and not here:
            continue
        stored = amounts((pile.currency, pile.total) for pile in here)
        tabs.append(
            _tab(stage.value, words(stage.value), here, _gathered(ctx, here) if stage is Stage.GATHERING else stored)
        )
    return tabs


def _tab(key: str, label: str, piles: Iterable[Pile], total: str) -> StageTab:
    return StageTab(key, label, f"{sum(pile.count for pile in piles):,}", total)


def _gathered(ctx: Context, piles: Iterable[Pile]) -> str:
    """What all gathering invoices come to so far; empty when there are too many to look at for a headline."""
    if sum(pile.count for pile in piles) > MOST_TO_RATE:
        return ""
    found, _ = invoicing.list_by_stage(ctx, StageFilter((Stage.GATHERING,), limit=MOST_TO_RATE))
    return amounts((invoice.currency, invoicing.header(ctx, invoice).totals.total) for invoice in found)
