"""How a billing profile bills, in words: when invoices are drawn, when they are issued, how they are paid."""

from backend.invoicing.workflow import CollectionMethod, Workflow
from portal.price_words import every, length


def drawn(workflow: Workflow) -> str:
    """When invoices are drawn."""
    return every(workflow.anchored.interval) if workflow.anchored else "with each billing period"


def issued(workflow: Workflow) -> str:
    """When a draft is issued."""
    if not workflow.auto_advance:
        return "after approval"
    return f"by itself after {length(workflow.draft_period)}" if workflow.draft_period.is_positive else "by itself"


def paid(workflow: Workflow, app: str) -> str:
    """How an issued invoice is collected, and until when."""
    due = f"due after {length(workflow.due_after)}" if workflow.due_after.is_positive else "due at once"
    how = "charged" if workflow.collection_method is CollectionMethod.CHARGE_AUTOMATICALLY else "sent"
    return f"{how} by {app}, {due}"
