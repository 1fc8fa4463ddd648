"""The form that adds a grant to a quota, and the one that starts a quota anew."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import reflex as rx

from backend.engine.exact import ZERO
from backend.entitlements import service as entitlements
from backend.entitlements.service.grants import Expiration, GrantInput, Renewal
from backend.errors import Invalid
from portal import boundary
from portal import components as ui
from portal.pages.customers.entitlements.rows import PERIODS, period_of
from portal.pages.customers.entitlements.state import change_entitlement, done
from portal.rate_cards.reading import FieldReader

UNITS = [("", "It does not expire"), ("DAY", "days"), ("WEEK", "weeks"), ("MONTH", "months"), ("YEAR", "years")]
PLACES = {"amount": "amount", "maxRolloverAmount": "max_rollover", "minRolloverAmount": "min_rollover"}


class GrantState(rx.State):
    """What the form of a grant shows and does."""

    entitlement_id: str = ""
    quota: str = ""
    is_open: bool = False
    problems: dict[str, str] = {}

    @rx.event
    async def open(self, entitlement_id: str, name: str):
        """Show the empty form."""
        self.entitlement_id, self.quota, self.problems, self.is_open = entitlement_id[:64], name[:256], {}, True

    @rx.event
    async def close(self):
        """Close the form without granting anything."""
        self.is_open = False

    @rx.event
    @boundary.command
    async def save(self, typed: dict[str, Any]):
        """Add the grant from now on; what is wrong is said at its field."""
        reader = FieldReader()
        read = {name: str(typed.get(name) or "").strip() for name in FIELDS}
        wanted = _read(reader, read)
        self.problems = reader.problems
        if self.problems:
            return None
        try:
            await change_entitlement(
                self,
                self.entitlement_id,
                lambda ctx, found: entitlements.grants.create(ctx, found, wanted(ctx.now)),
            )
        except Invalid as error:
            self.problems = {
                PLACES.get(place, "amount"): said for place, said in boundary.field_problems(error).items()
            }
            self.problems = self.problems or {"amount": boundary.wording(error)}
            return None
        self.is_open = False
        return done("Granted")


FIELDS = ("amount", "priority", "expires_count", "expires_unit", "recurrence", "max_rollover", "min_rollover")


def _read(reader: FieldReader, typed: dict[str, str]) -> Callable[[datetime], GrantInput]:
    """What the form describes, once it is known when it takes effect."""
    amount = reader.number("amount", typed["amount"])
    if amount <= 0:
        reader.say("amount", "Grant more than nothing.")
    priority = int(reader.number("priority", typed["priority"])) if typed["priority"].isdigit() else -1
    if not 1 <= priority <= entitlements.grants.LEAST_PRIORITY:
        reader.say("priority", f"A whole number from 1 to {entitlements.grants.LEAST_PRIORITY}.")
    lasting = None
    if typed["expires_unit"]:
        count = typed["expires_count"]
        if not (count.isdigit() and 1 <= int(count[:5]) <= 1000) or typed["expires_unit"] not in dict(UNITS):
            reader.say("expires_count", "A whole number from 1 to 1,000.")
        else:
            lasting = Expiration(typed["expires_unit"], int(count))
    every = period_of(typed["recurrence"]) if typed["recurrence"] else None
    least, most = (reader.optional(name, typed[name]) for name in ("min_rollover", "max_rollover"))
    return lambda now: GrantInput(
        amount=amount,
        effective_at=now,
        priority=priority,
        expiration=lasting,
        min_rollover=least or ZERO,
        max_rollover=most,
        recurrence=Renewal(every) if every is not None else None,
    )


class ResetState(rx.State):
    """What the form that starts a quota anew shows and does."""

    entitlement_id: str = ""
    quota: str = ""
    is_open: bool = False

    @rx.event
    async def open(self, entitlement_id: str, name: str):
        """Show the form."""
        self.entitlement_id, self.quota, self.is_open = entitlement_id[:64], name[:256], True

    @rx.event
    async def close(self):
        """Close the form without a reset."""
        self.is_open = False

    @rx.event
    @boundary.command
    async def save(self, typed: dict[str, Any]):
        """Start the quota anew in this minute."""
        preserve = {"keep": True, "drop": False}.get(str(typed.get("overage")))
        retain = str(typed.get("anchor")) == "retain"
        await change_entitlement(
            self,
            self.entitlement_id,
            lambda ctx, found: entitlements.reset(ctx, found, retain_anchor=retain, preserve_overage=preserve),
        )
        self.is_open = False
        return done("The quota has started anew")


def grant_form() -> rx.Component:
    """How much, how long, and what happens to it at resets."""

    def field(label: str, name: str, **more: Any) -> rx.Component:
        return ui.text_field(label, name, problem=GrantState.problems.get(name, ""), **more)

    return ui.drawer(
        field(
            "Amount",
            "amount",
            placeholder="1,000",
            auto_focus=True,
            hint="In the units of the quota. It counts from now on.",
        ),
        field("Priority", "priority", default_value="1", hint="Grants with the lower number are used up first."),
        rx.grid(
            field("Expires after", "expires_count", optional=True, placeholder="1"),
            ui.choice_field("Unit", "expires_unit", UNITS),
            columns="2",
            gap="12px",
        ),
        ui.choice_field(
            "Full again",
            "recurrence",
            [("", "Never: it is spent once"), *PERIODS],
            hint="Whatever is left then is replaced, not added to.",
        ),
        rx.grid(
            field("Most that rolls over", "max_rollover", optional=True, hint="At a reset. Empty: all that is left."),
            field("Least after a reset", "min_rollover", optional=True, hint="Filled up to this if less is left."),
            columns={"initial": "1fr", "xs": "1fr 1fr"},
            gap="12px",
        ),
        title="Grant " + GrantState.quota.to(str),
        note="A grant adds to what the customer may use.",
        is_open=GrantState.is_open,
        on_close=GrantState.close,
        on_submit=GrantState.save,
        save="Grant",
    )


def reset_form() -> rx.Component:
    """What a reset does, and the two choices it has."""
    return ui.drawer(
        rx.callout(
            "Usage counts from zero again, every grant keeps what its rollover allows, and the amount that comes with "
            "each period is full. This cannot be undone.",
            icon="info",
            size="1",
        ),
        ui.choice_field(
            "Usage periods after this one",
            "anchor",
            [("move", "Are counted from now"), ("retain", "Keep the days they had")],
        ),
        ui.choice_field(
            "Usage beyond the limit",
            "overage",
            [("", "As the entitlement says"), ("keep", "Is taken from the new quota"), ("drop", "Is forgotten")],
        ),
        title="Start " + ResetState.quota.to(str) + " anew",
        note="Takes effect in this minute.",
        is_open=ResetState.is_open,
        on_close=ResetState.close,
        on_submit=ResetState.save,
        save="Start anew",
    )
