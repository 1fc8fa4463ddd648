"""Reads the form of a billing profile; what cannot be read is named at its field, by the field's own name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from backend.engine.exact import ZERO
from backend.engine.recurrence import MONTH, Duration, Recurrence
from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.models import BillingProfile
from backend.invoicing.service import ProfileInput
from backend.invoicing.service.wording import supplier_address
from backend.invoicing.workflow import CollectionMethod, CorrectionPolicy, Workflow, from_document
from portal.keys import description_problem, name_problem
from portal.lengths import written
from portal.pages.settings.billing_profiles.form import ADDRESS, ANCHORED, BY_ITSELF, ProfileForm
from portal.rate_cards.reading import FieldReader

LONGEST_TAX_NUMBER = 32
_COUNTRY = re.compile(r"[A-Z]{2}")
PLACES = {
    "workflow.collection.interval": "wait",
    "workflow.invoicing.draftPeriod": "draft",
    "workflow.invoicing.dueAfter": "due",
    "workflow.invoicing.corrections.ignoreBelow": "ignored_below",
    "workflow.tax.enforced": "tax_is_needed",
}
"""The field behind each place that the service names."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says, and what in it could not be read: field → problem."""

    wanted: ProfileInput
    problems: dict[str, str]


def read_form(form: ProfileForm, known: BillingProfile | None = None) -> Reading:
    """The profile that a form describes. `known` is the stored one, which keeps what the form does not show."""
    reader = FieldReader()
    reader.say("name", name_problem(form.name))
    reader.say("description", description_problem(form.description))
    workflow = _workflow(reader, form, from_document(known.workflow) if known else Workflow())
    wanted = ProfileInput(
        name=form.name.strip(),
        supplier=_supplier(reader, form, known.supplier if known else {}),
        default=form.is_default,
        workflow=workflow,
        description=form.description.strip() or None,
        labels=known.labels if known else {},
    )
    for issue in workflow.issues():
        reader.say(PLACES.get(issue.field, "name"), issue.message)
    return Reading(wanted, reader.problems)


def _supplier(reader: FieldReader, form: ProfileForm, known: Mapping[str, Any]) -> dict[str, Any]:
    seller, country = form.seller.strip(), form.country.strip()
    if not seller:
        reader.say("seller", "Say who sells: the name stands on every invoice.")
    if country and not _COUNTRY.fullmatch(country):
        reader.say("country", "Two capital letters, such as DE.")
    if len(form.tax_number.strip()) > LONGEST_TAX_NUMBER:
        reader.say("tax_number", f"A tax number has at most {LONGEST_TAX_NUMBER} characters.")
    typed = {name: getattr(form, field).strip() for field, name in ADDRESS.items()}
    place = {name: text for name, text in {**supplier_address(known), **typed}.items() if text}
    parts = {
        "name": seller,
        "taxId": {"code": form.tax_number.strip()} if form.tax_number.strip() else None,
        "addresses": [place] if place else None,
    }
    return {name: value for name, value in {**known, **parts}.items() if value is not None}


def _workflow(reader: FieldReader, form: ProfileForm, known: Workflow) -> Workflow:
    return replace(
        known,
        collection_interval=_length(reader, "wait", form.wait, form.wait_unit),
        anchored=_anchored(reader, form) if form.alignment == ANCHORED else None,
        auto_advance=form.approval == BY_ITSELF,
        draft_period=_length(reader, "draft", form.draft, form.draft_unit),
        due_after=_length(reader, "due", form.due, form.due_unit),
        progressive_billing=form.is_progressive,
        end_proration=EndProration(form.end_proration),
        corrections=CorrectionPolicy(form.corrections),
        corrections_ignored_below=reader.optional("ignored_below", form.ignored_below) or ZERO,
        collection_method=CollectionMethod(form.collection),
        tax_enabled=form.is_taxed,
        tax_enforced=form.tax_is_needed,
        default_tax_config=reader.tax("tax_code", form, known.default_tax_config or {}),
    )


def _length(reader: FieldReader, place: str, count: str, unit: str) -> Duration:
    return reader.duration(place, written(count.strip() or "0", unit)) or Duration()


def _anchored(reader: FieldReader, form: ProfileForm) -> Recurrence | None:
    try:
        anchor = datetime.fromisoformat(form.anchor).replace(tzinfo=UTC)
    except ValueError:
        reader.say("anchor", "Choose the day and time of one of these instants.")
        return None
    return Recurrence(reader.duration("rhythm", form.rhythm) or MONTH, anchor)
