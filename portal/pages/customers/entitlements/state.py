"""The tab of a customer's entitlements: what there is, the quota that is looked at, and what is done at once."""

from collections.abc import Callable

import plotly.graph_objects as go
import reflex as rx

from backend.access.roles import Permission
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.entitlements import reservation_service as reservations
from backend.entitlements import service as entitlements
from backend.entitlements.models import Entitlement
from backend.infra.context import Context
from portal import boundary
from portal.page_state import Loaded, asked, last_in_path
from portal.pages.customers.detail_state import CustomerState, of_customer
from portal.pages.customers.entitlements.quota_rows import SPANS, QuotaDetail, quota_detail
from portal.pages.customers.entitlements.rows import EntitlementRow, entitlement_rows


class EntitlementsState(Loaded, rx.State):
    """What the tab shows; the forms that open over it have states of their own."""

    ADDRESSED_BY = ("tab",)

    rows: list[EntitlementRow] = []
    chosen: str = ""
    span: str = "period"
    detail: QuotaDetail = QuotaDetail()
    figure: go.Figure = go.Figure()
    shown_for: str = ""

    @rx.event
    async def enter(self):
        """Forget the customer that was shown before."""
        if self.shown_for != last_in_path(self):
            self.reset()
            self.shown_for = last_in_path(self)

    async def _fetch(self) -> None:
        if asked(self, "tab") != "entitlements":
            return
        chosen, span = self.chosen, self.span
        self.rows, (self.detail, self.figure) = await of_customer(
            self, lambda ctx, found: (entitlement_rows(ctx, found), quota_detail(ctx, found, chosen, span))
        )

    @rx.event
    async def choose(self, entitlement_id: str):
        """Look at another quota."""
        self.chosen = entitlement_id[:64]
        return EntitlementsState.load

    @rx.event
    async def choose_span(self, span: str):
        """Chart another stretch of time."""
        if span not in SPANS:
            return None
        self.span = span
        return EntitlementsState.load

    @rx.event
    @boundary.command
    async def void(self, grant_id: str):
        """Let a grant count no more."""

        def void(ctx: Context, customer: Customer) -> None:
            grant = entitlements.grants.get(ctx, grant_id)
            entitlements.find(ctx, customer, grant.entitlement_id)
            entitlements.grants.void(ctx, grant.id)

        await change_customer(self, void)
        return done("The grant is voided")

    @rx.event
    @boundary.command
    async def release(self, reservation_id: str):
        """Give reserved units of the quota that is shown back."""
        entitlement_id = self.detail.id

        def release(ctx: Context, customer: Customer) -> None:
            found = entitlements.find(ctx, customer, entitlement_id)
            reservations.release(ctx, customer, found.feature_key, reservation_id)

        await change_customer(self, release)
        return done("The reserved units are free again")

    @rx.event
    @boundary.command
    async def delete(self, entitlement_id: str):
        """Take an entitlement away."""
        await change_entitlement(self, entitlement_id, entitlements.delete)
        return done("The entitlement is taken away")


async def change_customer(state: rx.State, act: Callable[[Context, Customer], None]) -> None:
    """Change something of the customer of this page."""
    customer_id = last_in_path(state)
    await boundary.change(state, lambda ctx: act(ctx, customers.get(ctx, customer_id)), need=Permission.CUSTOMERS)


async def change_entitlement(
    state: rx.State, entitlement_id: str, act: Callable[[Context, Entitlement], object]
) -> None:
    """Change one entitlement of the customer of this page; NotFound for anybody else's."""

    def change(ctx: Context, customer: Customer) -> None:
        act(ctx, entitlements.find(ctx, customer, entitlement_id))

    await change_customer(state, change)


def done(words: str) -> list[rx.event.EventType]:
    """Say that it worked, and show how things are now."""
    return [rx.toast.success(words), EntitlementsState.load, CustomerState.load]
