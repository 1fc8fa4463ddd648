"""Step ③ of the rate-card wizard: what the customer is entitled to."""

import reflex as rx

from portal import components as ui
from portal.pages.plans.builder.form import ACCESS, NO_GRANT, QUOTA, SETTINGS
from portal.pages.plans.builder.state import BuilderState
from portal.pages.plans.builder.wizard_parts import choice, how_often, number, pair, problem_of
from portal.theme import MUTED

CARD = BuilderState.edited
PLAIN = [
    (NO_GRANT, "Nothing is checked: no limit, no access control"),
    (ACCESS, "Access: the customer may use it"),
    (SETTINGS, "Access with settings for your own program"),
]
WITH_QUOTA = [PLAIN[0], (QUOTA, "A quota: so many units in every period"), *PLAIN[1:]]
AT_LIMIT = [("hard", "Access ends until the next period"), ("soft", "Access goes on, and the overage is counted")]


def allowance() -> rx.Component:
    """Nothing, access, settings, or a quota with what happens at its end."""
    kind = rx.cond(
        BuilderState.edited_is_metered,
        choice("Customers are entitled to", "grant", CARD.grant, WITH_QUOTA),
        choice("Customers are entitled to", "grant", CARD.grant, PLAIN),
    )
    return rx.flex(
        kind,
        rx.match(
            CARD.grant,
            (QUOTA, _quota()),
            (SETTINGS, _settings()),
            (ACCESS, rx.text("Your program asks for access by the feature's key.", size="2", color=MUTED)),
            rx.text("The usage is still metered and charged.", size="2", color=MUTED),
        ),
        direction="column",
        gap="18px",
    )


def _quota() -> rx.Component:
    return rx.flex(
        pair(
            number("Units", "quota", CARD.quota, "entitlementTemplate.issueAfterReset", placeholder="1000000"),
            how_often("Starts anew", "quota_period", CARD.quota_period, "entitlementTemplate.usagePeriod"),
        ),
        ui.choice_field(
            "At the limit",
            "card-limit",
            AT_LIMIT,
            value=rx.cond(CARD.is_soft, "soft", "hard"),
            on_change=BuilderState.put_soft,
        ),
        direction="column",
        gap="18px",
    )


def _settings() -> rx.Component:
    return ui.text_area(
        "Settings",
        "card-config",
        value=CARD.config,
        on_change=lambda text: BuilderState.put_card("config", text),
        problem=problem_of("entitlementTemplate.config"),
        hint="A JSON object that your program is given with the access.",
        rows="5",
    )
