"""Why a line of an issued invoice is corrected, as a sentence that its customer reads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.engine.written import money, period
from backend.invoicing.correction_models import Correction, CorrectionReason

REASONS = {
    CorrectionReason.LATE_USAGE: "usage arrived late",
    CorrectionReason.SUBSCRIPTION: "the subscription was changed",
    CorrectionReason.VOIDED: "its invoice was voided",
}


def why(correction: Correction) -> str:
    """The reason of a correction, such as `usage arrived late`."""
    wanted = correction.wanted or {}
    if wanted.get("removed"):
        return "the subscription was changed and does not have it any more"
    if "period" in wanted:
        start, end = (datetime.fromisoformat(instant) for instant in wanted["period"])
        return f"the subscription was changed and has it for {period(start, end)}"
    if wanted.get("price"):
        return "the subscription was changed and has another price"
    return REASONS[CorrectionReason(correction.reason)]


def sentence(correction: Correction) -> str:
    """What was billed, what is due, and why."""
    billed, due = (money(amount, correction.currency) for amount in (correction.billed, correction.due))
    return f"{billed} was billed for this period, {due} is due: {why(correction)}."


def wanted_by(changes: Mapping[str, Any], start: datetime, end: datetime) -> dict[str, Any]:
    """What a subscription wants to be different about an issued line, as its correction keeps it."""
    if "deleted_at" in changes:
        return {"removed": True}
    if "period_start" in changes or "period_end" in changes:
        instants = (changes.get("period_start", start), changes.get("period_end", end))
        return {"period": [instant.isoformat() for instant in instants]}
    return {"price": True} if "price" in changes else {}
