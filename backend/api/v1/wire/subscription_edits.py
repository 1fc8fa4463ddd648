"""How edits of a running subscription are written in version 1: a list of operations and when they take effect."""

from typing import Annotated, Literal

from pydantic import Field

from backend.api.v1.wire.prices import DiscountsWire, Iso8601Duration, NullableInput
from backend.api.v1.wire.rate_cards import Description, RateCardWire, rate_card_from_wire
from backend.api.wire import Instant, Key, WireInput
from backend.engine.subscribe.edit import RemoveItem, RemovePhase, Shift, StretchPhase, UnscheduleEdit
from backend.errors import Invalid, Issue
from backend.subscriptions.terms import Customization, ItemAddition, Moment, PhaseAddition, SubscriptionEdit


class AddItemWire(WireInput):
    """Sell a rate card in addition, or in place of the present item of its key."""

    op: Literal["add_item"]
    phase_key: str
    rate_card: RateCardWire

    def from_wire(self) -> Customization:
        """The operation."""
        return ItemAddition(self.phase_key, rate_card_from_wire(self.rate_card))


class RemoveItemWire(WireInput):
    """End an item of the current phase, or drop one of a future phase."""

    op: Literal["remove_item"]
    phase_key: str
    item_key: str

    def from_wire(self) -> Customization:
        """The operation."""
        return RemoveItem(self.phase_key, self.item_key)


class PhaseCreateWire(NullableInput):
    """A phase that starts so long after the subscription; with a duration unless it is to be the last one."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=256)]
    description: Description | None = None
    start_after: Iso8601Duration | None
    duration: Iso8601Duration | None = None
    discounts: DiscountsWire | None = None


class AddPhaseWire(WireInput):
    """Put a phase into the future; those after it are moved."""

    op: Literal["add_phase"]
    phase: PhaseCreateWire

    def from_wire(self) -> Customization:
        """The operation. Raises Invalid for discounts, which belong to rate cards."""
        if self.phase.discounts is not None:
            message = "A phase has no discounts of its own: give them to its rate cards."
            raise Invalid(message, issues=[Issue("phase.discounts", "phase_discounts_not_supported", message)])
        phase = self.phase
        return PhaseAddition(phase.key, phase.name, phase.start_after, phase.duration, phase.description)


class RemovePhaseWire(WireInput):
    """Leave a future phase out."""

    op: Literal["remove_phase"]
    phase_key: str
    shift: Shift

    def from_wire(self) -> Customization:
        """The operation."""
        return RemovePhase(self.phase_key, self.shift)


class StretchPhaseWire(WireInput):
    """Let a phase last longer, or shorter by a negative duration."""

    op: Literal["stretch_phase"]
    phase_key: str
    extend_by: Iso8601Duration

    def from_wire(self) -> Customization:
        """The operation."""
        return StretchPhase(self.phase_key, self.extend_by)


class UnscheduleEditWire(WireInput):
    """Take back what is scheduled within the current phase."""

    op: Literal["unschedule_edit"]

    def from_wire(self) -> Customization:
        """The operation."""
        return UnscheduleEdit()


OperationWire = Annotated[
    AddItemWire | RemoveItemWire | AddPhaseWire | RemovePhaseWire | StretchPhaseWire | UnscheduleEditWire,
    Field(discriminator="op"),
]


class SubscriptionEditWire(WireInput):
    """Operations in the order in which they are applied."""

    customizations: Annotated[list[OperationWire], Field(max_length=100)]
    timing: Moment | Instant = Moment.IMMEDIATE

    def from_wire(self) -> SubscriptionEdit:
        """The edit."""
        return SubscriptionEdit(tuple(operation.from_wire() for operation in self.customizations), self.timing)
