"""The fields of the form of a customer, the same for a new one and for one that is edited."""

from typing import Any

import reflex as rx

from backend.engine.currency import CURRENCIES
from portal import components as ui


def customer_fields(form: Any, problems: rx.Var) -> list[rx.Component]:
    """All fields, filled with `form` (a `CustomerForm`, given or as a Var)."""

    def problem(field: str) -> rx.Var:
        return rx.cond(problems.contains(field), problems[field], "")

    def field(label: str, name: str, **more: Any) -> rx.Component:
        return ui.text_field(label, name, default_value=getattr(form, name), problem=problem(name), **more)

    currencies = [("", "Decided by the first subscription"), *((code, code) for code in sorted(CURRENCIES))]
    return [
        field("Name", "name", placeholder="Acme Inc.", auto_focus=True),
        field("Key", "key", placeholder="acme", hint="The name your own systems know the customer by.", optional=True),
        field(
            "Subjects",
            "subjects",
            placeholder="acme-prod, acme-staging",
            hint="Whose usage counts as this customer's, besides the key itself; separated by commas.",
            optional=True,
        ),
        field("E-mail for invoices", "email", type="email", optional=True),
        ui.choice_field(
            "Currency",
            "currency",
            currencies,
            default_value=form.currency,
            problem=problem("currency"),
            optional=True,
        ),
        field("Street and number", "line1", optional=True),
        rx.grid(
            field("Postal code", "postal_code", optional=True),
            field("City", "city", optional=True),
            field("Country", "country", placeholder="DE", optional=True),
            columns={"initial": "1fr", "xs": "repeat(3, 1fr)"},
            gap="12px",
        ),
    ]
