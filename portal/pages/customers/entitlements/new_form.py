"""The form of a new entitlement: access, a setting, or a quota with its usage period."""

from decimal import Decimal
from typing import Any

import reflex as rx

from backend.catalog.filters import FeatureFilter
from backend.catalog.service import features
from backend.catalog.templates import (
    BooleanTemplate,
    EntitlementTemplate,
    MeteredTemplate,
    StaticTemplate,
    is_configuration,
)
from backend.customers.models import Customer
from backend.entitlements import service as entitlements
from backend.entitlements.service import EntitlementInput
from backend.errors import Conflict, Invalid
from backend.infra.context import Context
from portal import boundary
from portal import components as ui
from portal.pages.customers.entitlements.rows import PERIODS, period_of
from portal.pages.customers.entitlements.state import change_customer, done
from portal.rate_cards.reading import FieldReader

QUOTA, SETTING, ACCESS = "quota", "setting", "access"
KINDS = [
    (QUOTA, "A quota: so many units in each period"),
    (ACCESS, "Plain access"),
    (SETTING, "A setting that your program reads"),
]
MOST_FEATURES = 500
PLACES = {"issueAfterReset": "amount", "usagePeriod.interval": "period", "config": "config"}


class NewEntitlementState(rx.State):
    """What the form shows and does."""

    features: list[list[str]] = []
    kind: str = QUOTA
    is_open: bool = False
    problems: dict[str, str] = {}

    @rx.event
    @boundary.command
    async def open(self):
        """Show the empty form with the features to choose from."""
        self.features = await boundary.read(self, _features)
        self.kind, self.problems, self.is_open = QUOTA, {}, True

    @rx.event
    async def close(self):
        """Close the form without granting anything."""
        self.is_open = False

    @rx.event
    async def choose_kind(self, kind: str):
        """Ask for what this kind needs."""
        if kind in dict(KINDS):
            self.kind = kind

    @rx.event
    @boundary.command
    async def save(self, typed: dict[str, Any]):
        """Grant it from now on; what is wrong is said at its field."""
        reader, period = FieldReader(), period_of(typed.get("period"))
        template = _template(reader, self.kind, {name: str(value) for name, value in typed.items()})
        self.problems = reader.problems
        if self.problems:
            return None

        def create(ctx: Context, customer: Customer) -> None:
            feature = entitlements.feature_in_use(ctx, str(typed.get("feature") or "") or None, None)
            is_quota = isinstance(template, MeteredTemplate)
            entitlements.create(
                ctx,
                EntitlementInput(
                    customer.id, feature, template, active_from=ctx.now, usage_period=period if is_quota else None
                ),
            )

        try:
            await change_customer(self, create)
        except Conflict as error:
            self.problems = {"feature": boundary.wording(error)}
            return None
        except Invalid as error:
            found = boundary.field_problems(error) or {"feature": boundary.wording(error)}
            self.problems = {PLACES.get(place, "feature"): said for place, said in found.items()}
            return None
        self.is_open = False
        return done("Granted")


def _template(reader: FieldReader, kind: str, typed: dict[str, str]) -> EntitlementTemplate:
    if kind == ACCESS:
        return BooleanTemplate()
    if kind == SETTING:
        config = typed.get("config", "").strip()
        if not is_configuration(config):
            reader.say("config", 'Write a JSON object, such as {"seats": 5}.')
        return StaticTemplate(config)
    amount = reader.number("amount", typed.get("amount", ""))
    if amount < 0:
        reader.say("amount", "A quota is not less than nothing.")
    return MeteredTemplate(
        issue_after_reset=Decimal(amount),
        is_soft_limit=typed.get("limit") == "soft",
        preserve_overage_at_reset=typed.get("overage") == "keep",
    )


def _features(ctx: Context) -> list[list[str]]:
    found, _ = features.list_features(ctx, FeatureFilter(limit=MOST_FEATURES))
    return sorted(([row.id, f"{row.name} ({row.key})"] for row in found), key=lambda pair: pair[1].lower())


def new_form() -> rx.Component:
    """Which feature, which kind, and what that kind needs."""
    problem = NewEntitlementState.problems
    quota = rx.fragment(
        ui.text_field("Amount in each period", "amount", placeholder="10,000", problem=problem.get("amount", "")),
        ui.choice_field("Starts anew", "period", PERIODS, problem=problem.get("period", "")),
        ui.choice_field(
            "At the limit",
            "limit",
            [("hard", "Hard: nothing goes beyond it"), ("soft", "Soft: usage goes on and is told as overage")],
        ),
        ui.choice_field(
            "Usage beyond the limit",
            "overage",
            [("drop", "Is forgotten when the next period starts"), ("keep", "Is taken from the next period")],
        ),
    )
    setting = ui.text_area(
        "Configuration", "config", placeholder='{"seats": 5}', problem=problem.get("config", ""), rows="4"
    )
    form = rx.fragment(
        ui.choice_field(
            "Feature", "feature", NewEntitlementState.features, problem=problem.get("feature", ""), auto_focus=True
        ),
        ui.choice_field(
            "What it is",
            "kind",
            KINDS,
            value=NewEntitlementState.kind,
            on_change=NewEntitlementState.choose_kind,
        ),
        rx.match(NewEntitlementState.kind, (QUOTA, quota), (SETTING, setting), rx.fragment()),
    )
    none = rx.callout(
        rx.text("There is no feature yet. ", ui.text_link("Make one first.", "/features")), icon="info", size="1"
    )
    return ui.drawer(
        rx.cond(NewEntitlementState.features.length() > 0, form, none),
        title="New entitlement",
        note="Granted by hand, beside what the subscription brings; it counts from now on.",
        is_open=NewEntitlementState.is_open,
        on_close=NewEntitlementState.close,
        on_submit=NewEntitlementState.save,
        save="Grant",
    )
