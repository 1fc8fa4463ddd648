"""A status as a coloured pill: the same words have the same colour on every page."""

import reflex as rx

TONES: dict[str, tuple[str, ...]] = {
    "grass": ("paid", "active", "published", "delivered", "succeeded", "enabled", "ready", "counted", "booked", "yes"),
    "amber": (
        "draft",
        "pending",
        "payment_processing",
        "trial",
        "trialing",
        "scheduled",
        "gathering",
        "waiting",
        "undecided",
        "no_customer",
        "awaiting_approval",
        "awaiting_payment",
        "canceled",
    ),
    "blue": ("issued", "issuing", "open", "sandbox"),
    "red": (
        "overdue",
        "failed",
        "uncollectible",
        "payment_failed",
        "action_required",
        "revoked",
        "rejected",
        "invalid",
        "not_counted",
        "no",
    ),
}


def status_badge(status: str | rx.Var) -> rx.Component:
    """The pill for a status in its wire spelling (`paid`, `payment_processing.pending`); grey if not listed."""
    wire = rx.Var.create(status).to(str)
    head = wire.split(".")[0].to(str)
    cases = [(word, colour) for colour, words in TONES.items() for word in words]
    return rx.badge(
        rx.el.span(wire.replace("_", " ").replace(".", ": "), class_name="ml-sentence"),
        color_scheme=rx.match(head, *cases, "gray"),
        variant="soft",
        radius="full",
        size="1",
    )
