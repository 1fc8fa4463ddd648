"""The form of a billing profile: everything as the text that stands in its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from backend.engine.exact import plain
from backend.engine.recurrence import Recurrence
from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.models import BillingProfile
from backend.invoicing.service.wording import supplier_address
from backend.invoicing.workflow import CollectionMethod, CorrectionPolicy, Workflow, from_document
from portal.lengths import typed

WITH_SUBSCRIPTION, ANCHORED = "subscription", "anchored"
BY_ITSELF, BY_HAND = "auto", "manual"
ADDRESS = {
    "line1": "line1",
    "line2": "line2",
    "postal_code": "postalCode",
    "city": "city",
    "state": "state",
    "country": "country",
}
"""The fields of the seller's address and their names where it is kept."""


@dataclass(frozen=True)
class ProfileForm:
    """A billing profile that is being written; `app` is chosen once."""

    name: str = ""
    description: str = ""
    is_default: bool = False
    app: str = ""
    seller: str = ""
    tax_number: str = ""
    line1: str = ""
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    alignment: str = WITH_SUBSCRIPTION
    rhythm: str = "P1M"
    anchor: str = ""
    is_progressive: bool = True
    wait: str = "1"
    wait_unit: str = "TH"
    approval: str = BY_ITSELF
    draft: str = "0"
    draft_unit: str = "D"
    due: str = "30"
    due_unit: str = "D"
    collection: str = CollectionMethod.CHARGE_AUTOMATICALLY.value
    end_proration: str = EndProration.BILL_ACTUAL_PERIOD.value
    corrections: str = CorrectionPolicy.ADJUST.value
    ignored_below: str = "0"
    is_taxed: bool = True
    tax_is_needed: bool = False
    tax: str = ""
    tax_code: str = ""


FLAGS = ("is_default", "is_progressive", "is_taxed", "tax_is_needed")


def form_of(profile: BillingProfile) -> ProfileForm:
    """The form of a stored profile."""
    supplier, place = profile.supplier, supplier_address(profile.supplier)
    return ProfileForm(
        name=profile.name,
        description=profile.description or "",
        is_default=profile.is_default,
        app=profile.invoicing_app_id,
        seller=str(supplier.get("name") or ""),
        tax_number=str((supplier.get("taxId") or {}).get("code") or ""),
        **{field: str(place.get(name) or "") for field, name in ADDRESS.items()},
        **_workflow(from_document(profile.workflow)),
    )


def _workflow(workflow: Workflow) -> dict[str, Any]:
    wait, wait_unit = typed(workflow.collection_interval)
    draft, draft_unit = typed(workflow.draft_period)
    due, due_unit = typed(workflow.due_after)
    return {
        **_alignment(workflow.anchored),
        "is_progressive": workflow.progressive_billing,
        "wait": wait,
        "wait_unit": wait_unit,
        "approval": BY_ITSELF if workflow.auto_advance else BY_HAND,
        "draft": draft,
        "draft_unit": draft_unit,
        "due": due,
        "due_unit": due_unit,
        "collection": workflow.collection_method.value,
        "end_proration": workflow.end_proration.value,
        "corrections": workflow.corrections.value,
        "ignored_below": plain(workflow.corrections_ignored_below),
        "is_taxed": workflow.tax_enabled,
        "tax_is_needed": workflow.tax_enforced,
        **_tax(workflow.default_tax_config or {}),
    }


def _alignment(anchored: Recurrence | None) -> dict[str, str]:
    if anchored is None:
        return {"alignment": WITH_SUBSCRIPTION}
    anchor = anchored.anchor.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return {"alignment": ANCHORED, "rhythm": str(anchored.interval), "anchor": anchor}


def _tax(config: Mapping[str, Any]) -> dict[str, str]:
    return {"tax": config.get("behavior") or "", "tax_code": (config.get("stripe") or {}).get("code", "")}
