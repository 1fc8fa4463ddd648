"""Step ③ of the rate-card wizard: what the customer is entitled to."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.rate_cards.form import ACCESS, NO_GRANT, QUOTA, SETTINGS
from portal.rate_cards.parts import choice, flag, how_often, number, problem_of
from portal.theme import MUTED

PLAIN = [
    (NO_GRANT, "Nothing is checked: no limit, no access control"),
    (ACCESS, "Access: the customer may use it"),
    (SETTINGS, "Access with settings for your own program"),
]
WITH_QUOTA = [PLAIN[0], (QUOTA, "A quota: so many units in every period"), *PLAIN[1:]]
AT_LIMIT = [("hard", "Access ends until the next period"), ("soft", "Access goes on, overage is counted")]


def allowance(state: Any) -> rx.Component:
    """Nothing, access, settings, or a quota with what happens at its end."""
    kind = rx.cond(
        state.edited_is_metered,
        choice(state, "Customers are entitled to", "grant", WITH_QUOTA),
        choice(state, "Customers are entitled to", "grant", PLAIN),
    )
    return rx.flex(
        kind,
        rx.match(
            state.edited.grant,
            (QUOTA, _quota(state)),
            (SETTINGS, _settings(state)),
            (ACCESS, rx.text("Your program asks for access by the feature's key.", size="2", color=MUTED)),
            rx.text("The usage is still metered and charged.", size="2", color=MUTED),
        ),
        direction="column",
        gap="18px",
    )


def _quota(state: Any) -> rx.Component:
    return rx.flex(
        ui.pair(
            number(
                state,
                "Units",
                "quota",
                "entitlementTemplate.issueAfterReset",
                placeholder="1000000",
                hint="There at the start of every period.",
            ),
            how_often(state, "Starts anew", "quota_period", "entitlementTemplate.usagePeriod"),
        ),
        ui.choice_field(
            "At the limit",
            "card-limit",
            AT_LIMIT,
            value=rx.cond(state.edited.is_soft, "soft", "hard"),
            on_change=lambda chosen: state.put_flag("is_soft", chosen == "soft"),
        ),
        rx.cond(
            state.edited.is_soft,
            flag(state, "Take the overage off the quota of the next period", "carries_overage"),
            rx.fragment(),
        ),
        direction="column",
        gap="18px",
    )


def _settings(state: Any) -> rx.Component:
    return ui.text_area(
        "Settings",
        "card-config",
        value=state.edited.config,
        on_change=lambda text: state.put_card("config", text),
        problem=problem_of(state, "entitlementTemplate.config"),
        hint="A JSON object that your program is given with the access.",
        rows="5",
    )
