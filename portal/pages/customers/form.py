"""The form of a customer: what is typed, what is wrong with it, and the customer it describes."""

import re
from dataclasses import dataclass, fields
from typing import Any

from backend.customers.models import Customer
from backend.customers.service import CustomerInput
from backend.errors import DomainError, Invalid
from portal import boundary
from portal.keys import name_problem

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST = 256
PARTS = {"line1": "line1", "city": "city", "postal_code": "postalCode", "country": "country"}
"""The fields of an address and their names where addresses are kept."""
COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class CustomerForm:
    """A customer as it is typed: text only."""

    name: str = ""
    key: str = ""
    email: str = ""
    subjects: str = ""
    currency: str = ""
    line1: str = ""
    city: str = ""
    postal_code: str = ""
    country: str = ""


def form_of(customer: Customer, subjects: tuple[str, ...]) -> CustomerForm:
    """A customer as it would have been typed."""
    kept = customer.billing_address or {}
    return CustomerForm(
        name=customer.name,
        key=customer.key or "",
        email=customer.primary_email or "",
        subjects=", ".join(subjects),
        currency=customer.currency or "",
        **{field: str(kept.get(name, "")) for field, name in PARTS.items()},
    )


def read(typed: dict[str, Any]) -> CustomerForm:
    """What a browser sent, as text; fields that the form does not have are dropped."""
    return CustomerForm(**{field.name: str(typed.get(field.name) or "").strip() for field in fields(CustomerForm)})


def problems_of(form: CustomerForm) -> dict[str, str]:
    """Field → what is wrong with it."""
    found = {
        "name": name_problem(form.name),
        "key": "A key has at most 256 characters." if len(form.key) > LONGEST else "",
        "email": "" if not form.email or EMAIL.fullmatch(form.email) else "This is not an e-mail address.",
        "country": "" if not form.country or COUNTRY.fullmatch(form.country) else "Two capital letters, such as DE.",
        "subjects": ""
        if form.key or _subjects(form)
        else "Give a key or at least one subject, or no usage could ever be this customer's.",
    }
    return {field: problem for field, problem in found.items() if problem}


def refused(error: DomainError) -> dict[str, str]:
    """What a service refused, at the field where it was typed."""
    message = boundary.wording(error)
    if isinstance(error, Invalid):
        return {"currency" if "currency" in message.lower() else "subjects": message}
    return {"subjects" if message.startswith("The subject") else "key": message}


def wanted(form: CustomerForm, before: Customer | None = None) -> CustomerInput:
    """The customer that the form describes; what the form does not show stays as it was."""
    kept = dict(before.billing_address or {}) if before else {}
    address = {**kept, **{name: getattr(form, field) for field, name in PARTS.items()}}
    return CustomerInput(
        name=form.name,
        key=form.key or None,
        subject_keys=_subjects(form),
        description=before.description if before else None,
        labels=before.labels if before else None,
        currency=form.currency or None,
        primary_email=form.email or None,
        billing_address={name: text for name, text in address.items() if text} or None,
    )


def _subjects(form: CustomerForm) -> tuple[str, ...]:
    return tuple(part.strip() for part in form.subjects.split(",") if part.strip())
