"""How taking an invoice back, and giving it up, travel in version 1."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from backend.api.v1.wire.pending_lines import UlidText
from backend.api.wire import Instant, Number, WireInput
from backend.invoicing.service import Again, Voiding

WHOLE = Decimal(100)


def _whole(percentage: Decimal) -> Decimal:
    if percentage != WHOLE:
        raise ValueError("an invoice is voided as a whole: 100")
    return percentage


class DiscardIn(WireInput):
    """The line is never invoiced."""

    type: Literal["discard"]


class PendingIn(WireInput):
    """The line is invoiced again: at an instant, or at once."""

    type: Literal["pending"]
    next_invoice_at: Instant | None = None


class VoidActionIn(WireInput):
    """What becomes of a line, and of how much of it."""

    percentage: Annotated[Number, AfterValidator(_whole)]
    action: Annotated[DiscardIn | PendingIn, Field(discriminator="type")]

    def from_wire(self) -> Again | None:
        """As the service takes it."""
        return Again(self.action.next_invoice_at) if isinstance(self.action, PendingIn) else None


class VoidOverrideIn(WireInput):
    """What becomes of one line."""

    line_id: UlidText
    action: VoidActionIn


class VoidIn(WireInput):
    """Why an invoice is voided, and what becomes of its lines."""

    action: VoidActionIn
    reason: Annotated[str, Field(max_length=1024)]
    overrides: list[VoidOverrideIn] | None = None

    def from_wire(self) -> Voiding:
        """As the service takes it."""
        lines = {override.line_id: override.action.from_wire() for override in self.overrides or []}
        return Voiding(self.reason, self.action.from_wire(), lines)


class UncollectibleIn(WireInput):
    """Why an invoice is given up."""

    reason: Annotated[str, Field(max_length=1024)] | None = None
