"""An invoice under a billing profile, day by day: drawn, issued and due by the rules of real ones."""

from dataclasses import dataclass
from datetime import UTC, datetime

from backend.engine.invoice import gather
from backend.engine.recurrence import MONTH
from backend.errors import Invalid
from backend.invoicing.workflow import CollectionMethod, Workflow
from portal.formatting import instant
from portal.price_words import length


@dataclass(frozen=True)
class Step:
    """Something that happens to the invoice, and when."""

    what: str
    at: str


def end_of_month(now: datetime) -> datetime:
    """When usage of the present month falls due."""
    return MONTH.after(datetime(now.year, now.month, 1, tzinfo=UTC))


def example(workflow: Workflow, due: datetime) -> list[Step]:
    """What happens to usage that falls due at an instant; nothing when it would leave the calendar."""
    try:
        return _steps(workflow, due)
    except Invalid:
        return []


def _steps(workflow: Workflow, due: datetime) -> list[Step]:
    drawn = gather.next_collection_at([due], workflow.anchored) or due
    counted = max(workflow.collection_interval.after(due), drawn)
    steps = [Step("The period ends; its usage is due", instant(due))]
    if drawn != due:
        steps.append(Step("The invoice is drawn", instant(drawn)))
    if counted != drawn:
        steps.append(Step("Late usage is counted until", instant(counted)))
    if not workflow.auto_advance:
        paid = f"{length(workflow.due_after)} after approval" if workflow.due_after.is_positive else "with the approval"
        return [*steps, Step("Somebody approves it", "any time"), Step(_payment(workflow), paid)]
    issued = gather.draft_until(drawn, counted, workflow.draft_period)
    if issued != counted:
        steps.append(Step("The draft can be looked at and changed until", instant(issued)))
    return [
        *steps,
        Step("Issued by itself", instant(issued)),
        Step(_payment(workflow), instant(gather.due_at(issued, workflow.due_after))),
    ]


def _payment(workflow: Workflow) -> str:
    is_charged = workflow.collection_method is CollectionMethod.CHARGE_AUTOMATICALLY
    return "Charged when issued; overdue after" if is_charged else "The customer has to pay until"
