"""A change of a subscription: chosen, told in money, and only then confirmed."""

from collections.abc import Callable

import reflex as rx

from backend.access.roles import Permission
from backend.errors import DomainError, Invalid, Unauthenticated
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import Moment
from portal import boundary
from portal.change_words import MoneyChange, money_change
from portal.formatting import instant
from portal.page_state import last_in_path
from portal.pages.customers.detail_state import CustomerState
from portal.pages.customers.subscription_addons import addon_choices
from portal.pages.customers.subscription_changes import WORDS, Kind, Wanted, kind_of, make, moment_of, owned, start
from portal.pages.customers.subscription_rows import plans_on_sale
from portal.pages.customers.subscription_state import SubscriptionState


class SubscriptionChangeState(rx.State):
    """What the form of a change shows and does. `told` are the money previews of what is chosen now."""

    is_open: bool = False
    kind: str = ""
    title: str = ""
    note: str = ""
    action: str = ""
    plan: str = ""
    plan_choices: list[list[str]] = []
    addon: str = ""
    addon_choices: list[list[str]] = []
    quantity: str = ""
    start: str = ""
    moment: str = ""
    moment_choices: list[list[str]] = []
    looking: bool = False
    problem: str = ""
    told: list[MoneyChange] = []
    left_behind: list[str] = []
    is_told: bool = False
    _subscription_id: str = ""

    @rx.event
    @boundary.command
    async def ask(self, kind: str, subscription_id: str, addon: str, quantity: str):
        """Open the form of a change, and say what the first choice means in money.

        `addon` and `quantity` are the purchase that is to be changed and how many of it there are, else empty; for a
        start there is no subscription either.
        """
        wanted, customer_id = kind_of(kind), last_in_path(self)

        def choices(ctx: Context) -> tuple[list[list[str]], list[list[str]], str]:
            if wanted is Kind.START:
                return plans_on_sale(ctx), [], ""
            row = owned(ctx, subscription_id, customer_id)
            period = subscriptions.billing_period(ctx, row)
            plans = plans_on_sale(ctx) if wanted is Kind.PLAN else []
            others = [choice for choice in plans if choice[0] != row.plan_key]
            offered = addon_choices(ctx, row) if wanted is Kind.ADDON else []
            return others, offered, instant(period.end) if period else ""

        self.reset()
        self.plan_choices, self.addon_choices, ends = await boundary.read(self, choices)
        self.plan = self.plan_choices[0][0] if self.plan_choices else ""
        self.addon = self.addon_choices[0][0] if self.addon_choices else addon
        self.quantity = "1" if quantity in ("", "0") else quantity
        if wanted not in {Kind.GO_ON, Kind.START}:
            later = f"At the end of the billing period, {ends}"
            self.moment_choices = [[Moment.NEXT_BILLING_CYCLE.value, later], [Moment.IMMEDIATE.value, "Now"]]
        self.moment = Moment.NEXT_BILLING_CYCLE.value
        words = WORDS[wanted]
        self.title, self.note, self.action = words.title, words.note, words.confirm
        self.kind, self._subscription_id, self.is_open = wanted.value, subscription_id, True
        return self._look_again()

    @rx.event
    async def close(self):
        """Close the form without changing anything."""
        self.is_open = False

    @rx.event
    async def choose_plan(self, key: str):
        """Another plan: what was told is no longer true."""
        self.plan = key
        return self._look_again()

    @rx.event
    async def choose_addon(self, addon_id: str):
        """Another add-on: what was told is no longer true."""
        self.addon = addon_id
        return self._look_again()

    @rx.event
    async def choose_quantity(self, quantity: str):
        """Another quantity: what was told is no longer true."""
        self.quantity = quantity.strip()
        return self._look_again()

    @rx.event
    async def choose_start(self, start: str):
        """Another start: what was told is no longer true."""
        self.start = start.strip()
        return self._look_again()

    @rx.event
    @boundary.command
    async def choose_moment(self, moment: str):
        """Another moment: what was told is no longer true."""
        self.moment = moment_of(moment).value
        return self._look_again()

    @rx.event
    @boundary.command
    async def look(self):
        """Rehearse the change and say what it means in money; a refusal is said in its place."""
        customer_id, change = last_in_path(self), self._change()

        def rehearsed(ctx: Context) -> tuple[list[MoneyChange], list[str]]:
            left: list[str] = []
            found = invoicing.preview_change(ctx, customer_id, lambda: left.extend(change(ctx)))
            return [money_change(preview) for preview in found], left

        try:
            if (self.kind in {Kind.PLAN, Kind.START} and not self.plan) or (self.kind == Kind.ADDON and not self.addon):
                return
            self.told, self.left_behind = await boundary.rehearse(self, rehearsed, need=Permission.CUSTOMERS)
            self.is_told = True
        except Unauthenticated:
            raise
        except DomainError as error:
            self.problem = boundary.wording(error)
        finally:
            self.looking = False

    @rx.event
    @boundary.command
    async def confirm(self):
        """Make the change whose money was told."""
        if not self.is_told:
            raise Invalid("See first what the change means in money.")
        await boundary.change(self, self._change(), need=Permission.CUSTOMERS)
        self.is_open = self.is_told = False
        return [rx.toast.success(WORDS[kind_of(self.kind)].done), SubscriptionState.load, CustomerState.load]

    def _change(self) -> Callable[[Context], list[str]]:
        wanted = Wanted(kind_of(self.kind), moment_of(self.moment), self.plan, self.addon, self.quantity, self.start)
        customer_id, subscription_id = last_in_path(self), self._subscription_id
        if wanted.kind is Kind.START:
            return lambda ctx: start(ctx, customer_id, wanted)
        return lambda ctx: make(ctx, owned(ctx, subscription_id, customer_id), wanted)

    def _look_again(self) -> rx.event.EventType:
        self.looking, self.is_told, self.problem, self.told = True, False, "", []
        self.left_behind = []
        return SubscriptionChangeState.look
