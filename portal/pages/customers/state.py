"""The list of customers with what they use and owe, and the form that creates one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from backend.access.roles import Permission
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.customers.service import CustomerFilter, CustomerOrder
from backend.errors import Conflict, Invalid
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from backend.subscriptions.models import Subscription
from portal import boundary, payment_words
from portal.formatting import NOTHING
from portal.invoice_words import amounts
from portal.page_state import PAGE_SIZE, Exporting, Listing
from portal.pages.customers import form as forms
from portal.pages.customers.sheet import customers_sheet
from portal.payment_words import Standing
from portal.sheet import MOST_ROWS, Sheet, check_size
from portal.sold_words import plan_title
from portal.usage_words import FeatureUsage, quotas

MOST_BARS = 2


@dataclass(frozen=True)
class CustomerRow:
    """A customer as the table shows it."""

    id: str
    href: str
    name: str
    key: str
    plan: str
    plan_href: str
    accrued: str
    accrued_href: str
    quotas: list[FeatureUsage]
    payment: str
    payment_note: str


class CustomersState(Exporting, Listing, rx.State):
    """What the page of customers shows and does."""

    SORTS = (CustomerOrder.NAME.value, CustomerOrder.CREATED_AT.value)

    rows: list[CustomerRow] = []
    form_open: bool = False
    problems: dict[str, str] = {}

    @rx.event
    async def enter(self):
        """Come to the list with no form open."""
        self.form_open = False

    async def _fetch(self) -> None:
        self.rows, self.total = await boundary.read(self, self._read)

    def _read(self, ctx: Context) -> tuple[list[CustomerRow], int]:
        found, total = self._find(ctx, (self.page - 1) * PAGE_SIZE, PAGE_SIZE)
        return _rows(ctx, found), total

    def _find(self, ctx: Context, offset: int, limit: int) -> tuple[Sequence[Customer], int]:
        return customers.list_customers(
            ctx,
            CustomerFilter(search=self.search or None),
            order=CustomerOrder(self.sort or CustomerOrder.NAME),
            descending=self.descending,
            offset=offset,
            limit=limit,
        )

    def _sheet(self, ctx: Context) -> Sheet:
        found, total = self._find(ctx, 0, MOST_ROWS)
        check_size(total)
        return customers_sheet(ctx, found)

    @rx.event
    async def open_form(self):
        """Show the empty form."""
        self.problems, self.form_open = {}, True

    @rx.event
    async def close_form(self):
        """Close the form without saving."""
        self.form_open = False

    @rx.event
    @boundary.command
    async def create(self, typed: dict[str, Any]):
        """Create the customer and go to its page; what is wrong is said at its field."""
        form = forms.read(typed)
        self.problems = forms.problems_of(form)
        if self.problems:
            return None
        try:
            customer_id = await boundary.change(
                self, lambda ctx: customers.create(ctx, forms.wanted(form)).id, need=Permission.CUSTOMERS
            )
        except (Conflict, Invalid) as error:
            self.problems = forms.refused(error)
            return None
        self.form_open = False
        return [rx.toast.success(f"{form.name} is created"), rx.redirect(f"/customers/{customer_id}")]


def _rows(ctx: Context, found: Sequence[Customer]) -> list[CustomerRow]:
    ids = [customer.id for customer in found]
    running = subscriptions.current(ctx, ids)
    standings = payment_words.standings(ctx, ids)
    return [_row(ctx, customer, running.get(customer.id), standings[customer.id]) for customer in found]


def _row(ctx: Context, customer: Customer, running: Subscription | None, standing: Standing) -> CustomerRow:
    charges = invoicing.upcoming(ctx, customer.id)
    return CustomerRow(
        id=customer.id,
        href=f"/customers/{customer.id}",
        name=customer.name,
        key=customer.key or NOTHING,
        plan=plan_title(running) if running else "No plan",
        plan_href=f"/plans/{running.plan_id}" if running and running.plan_id else "",
        accrued=amounts((charge.invoice.currency, charge.accrued.total) for charge in charges) or NOTHING,
        accrued_href=f"/invoices/{charges[0].invoice.id}" if charges else "",
        quotas=quotas(ctx, customer, running, MOST_BARS),
        payment=standing.word,
        payment_note=standing.note,
    )
