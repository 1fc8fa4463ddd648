"""The parts of the form of a billing profile: who sells, when invoices are drawn, issued and paid, and taxes."""

import reflex as rx

from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.workflow import CollectionMethod, CorrectionPolicy
from portal import components as ui
from portal.pages.settings.billing_profiles.edit_parts import FORM, described, flag, length, part, problem_at, text
from portal.pages.settings.billing_profiles.edit_state import ProfileState
from portal.pages.settings.billing_profiles.form import ANCHORED, BY_HAND, BY_ITSELF, WITH_SUBSCRIPTION
from portal.rate_cards.more_terms import TAX

ALIGNMENTS = (
    (WITH_SUBSCRIPTION, "With each billing period", "As soon as something a customer bought falls due."),
    (ANCHORED, "On days of your own", "Such as the first of every month: what is due waits until then."),
)
APPROVALS = (
    (BY_ITSELF, "By themselves", "After late usage was waited for and the draft has rested."),
    (BY_HAND, "After approval", "Each draft waits until somebody approves it."),
)
METHODS = (
    (
        CollectionMethod.CHARGE_AUTOMATICALLY.value,
        "Charge the customer",
        "The stored card is charged when it is issued.",
    ),
    (CollectionMethod.SEND_INVOICE.value, "Send the invoice", "The customer pays it by the day it is due."),
)
ENDINGS = (
    (EndProration.BILL_ACTUAL_PERIOD.value, "Only the days used", "The last fee is a part of the full one."),
    (EndProration.BILL_FULL_PERIOD.value, "The full period", "The last fee is not reduced."),
)
CORRECTIONS = (
    (CorrectionPolicy.ADJUST.value, "The next one puts it right", "The difference is a line of its own."),
    (CorrectionPolicy.ASK.value, "Somebody decides first", "The difference waits under Corrections."),
)
TAXES = [("", "Left to the app"), *TAX[1:]]


def basics() -> rx.Component:
    """Name, note, whether it is the default, and the app."""
    is_new = ProfileState.opened.id == ""
    return part(
        "The profile",
        ui.pair(
            text("Name", "name", placeholder="Europe"),
            ui.choice_field(
                "Carried by",
                "app",
                ProfileState.apps,
                value=FORM.app,
                on_change=lambda chosen: ProfileState.put("app", chosen),
                problem=problem_at("app"),
                disabled=~is_new,
                hint="The app that issues the invoices and collects the money. It stays the same.",
            ),
        ),
        text("Note", "description", optional=True, placeholder="For customers in the euro area."),
        flag(
            "Bill every customer without a profile of their own by this one",
            "is_default",
            disabled=ProfileState.opened.is_default,
        ),
    )


def seller() -> rx.Component:
    """Who stands on the invoice as the seller."""
    return part(
        "Who sells",
        ui.pair(
            text("Name on invoices", "seller", placeholder="Acme Ltd."),
            text("Tax number", "tax_number", placeholder="DE123456789", optional=True),
        ),
        ui.pair(
            text("Street and number", "line1", optional=True),
            text("Second line", "line2", optional=True),
        ),
        rx.grid(
            text("Postal code", "postal_code", optional=True),
            text("City", "city", optional=True),
            text("State", "state", optional=True),
            text("Country", "country", placeholder="DE", optional=True),
            columns={"initial": "1fr 1fr", "sm": "repeat(4, 1fr)"},
            gap="12px",
            align="start",
        ),
    )


def collection() -> rx.Component:
    """When invoices are drawn, and how long late usage is waited for."""
    anchored = ui.pair(
        ui.choice_field(
            "Drawn",
            "rhythm",
            ProfileState.rhythms,
            value=FORM.rhythm,
            on_change=lambda chosen: ProfileState.put("rhythm", chosen),
        ),
        text("One of the days, in UTC", "anchor", type="datetime-local"),
    )
    return part(
        "When invoices are drawn",
        described("Invoices are drawn", "alignment", ALIGNMENTS),
        rx.cond(FORM.alignment == ANCHORED, anchored, rx.fragment()),
        length("Wait for late usage", "wait", "Events that arrive until then are still on the invoice."),
        flag("Bill usage before its period ends, when an invoice is drawn in between", "is_progressive"),
    )


def payment() -> rx.Component:
    """Who approves, when payment is due, and how it is collected."""
    return part(
        "How invoices are issued and paid",
        described("Invoices are issued", "approval", APPROVALS),
        rx.cond(
            FORM.approval == BY_ITSELF,
            length("The draft rests for", "draft", "Time to look at it and change it."),
            rx.fragment(),
        ),
        described("Payment", "collection", METHODS),
        length("Payment is due after", "due", "Unpaid after that, it is overdue."),
    )


def ending() -> rx.Component:
    """What the last fee of a subscription is."""
    return part("When a subscription ends within a period", described("The last fee", "end_proration", ENDINGS))


def corrections() -> rx.Component:
    """What happens when usage comes late, or an edit reaches into a period that was invoiced."""
    return part(
        "When an issued invoice turns out wrong",
        described("Late usage and late changes", "corrections", CORRECTIONS),
        text(
            "Ignore differences below",
            "ignored_below",
            hint="An amount in the currency of the invoice; 0 ignores none.",
            input_mode="decimal",
        ),
    )


def taxes() -> rx.Component:
    """Whether and how taxes are calculated."""
    return part(
        "Taxes",
        flag("Let the app calculate taxes", "is_taxed"),
        rx.cond(
            FORM.is_taxed, flag("Issue no invoice whose taxes cannot be calculated", "tax_is_needed"), rx.fragment()
        ),
        ui.pair(
            ui.choice_field(
                "Prices without a choice of their own",
                "tax",
                TAXES,
                value=FORM.tax,
                on_change=lambda chosen: ProfileState.put("tax", chosen),
            ),
            text("Tax code of Stripe", "tax_code", placeholder="txcd_10103001", optional=True),
        ),
    )
