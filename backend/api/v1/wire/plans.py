"""How plans and their phases are written in version 1."""

from typing import Annotated, Literal

from pydantic import Field

from backend.api.v1.wire.prices import Iso8601Duration, NullableInput
from backend.api.v1.wire.rate_cards import (
    Description,
    Name,
    RateCardWire,
    rate_card_from_wire,
    rate_card_to_wire,
)
from backend.api.wire import Instant, Key, Labels, Wire, WireInput
from backend.catalog.models import SettlementMode
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.terms import MOST_PHASES, MOST_RATE_CARDS, PhaseTerms, PlanInput, PlanTerms
from backend.engine.subscribe.status import PlanStatus
from backend.errors import Issue


class AlignmentWire(WireInput):
    """Deprecated: the billing cadences of a plan always align."""

    billables_must_align: Literal[True] = True


class ProRatingWire(WireInput):
    """Whether flat prices are charged by the part of a period that is served."""

    enabled: bool
    mode: Literal["prorate_prices"]


class PhaseWire(NullableInput):
    """A stretch of a plan; the last one has no duration."""

    key: Key
    name: Name
    description: Description | None = None
    metadata: Labels | None = None
    duration: Iso8601Duration | None
    rate_cards: Annotated[list[RateCardWire], Field(max_length=MOST_RATE_CARDS)]


class PlanReplaceWire(WireInput):
    """Everything of a draft that an update replaces."""

    name: Name
    description: Description | None = None
    metadata: Labels | None = None
    alignment: AlignmentWire | None = None
    billing_cadence: Iso8601Duration
    pro_rating_config: ProRatingWire = ProRatingWire(enabled=True, mode="prorate_prices")
    settlement_mode: SettlementMode = SettlementMode.CREDIT_THEN_INVOICE
    phases: Annotated[list[PhaseWire], Field(min_length=1, max_length=MOST_PHASES)]

    def terms(self) -> PlanTerms:
        """The terms of the plan."""
        return PlanTerms(
            name=self.name,
            billing_cadence=self.billing_cadence,
            phases=tuple(_phase_from_wire(phase) for phase in self.phases),
            pro_rating_enabled=self.pro_rating_config.enabled,
            settlement_mode=self.settlement_mode,
            description=self.description,
            labels=self.metadata or {},
        )


class PlanCreateWire(PlanReplaceWire):
    """A new plan, or the next version of one."""

    key: Key
    currency: str

    def from_wire(self) -> PlanInput:
        """The plan to create."""
        return PlanInput(self.key, self.currency, self.terms())


class ValidationErrorWire(Wire):
    """Something that keeps a draft from being published."""

    field: str
    code: str
    message: str


class PlanOut(Wire):
    """One version of a plan."""

    id: str
    key: str
    version: int
    name: str
    description: str | None = None
    metadata: Labels | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None
    alignment: AlignmentWire = AlignmentWire()
    currency: str
    billing_cadence: Iso8601Duration
    pro_rating_config: ProRatingWire
    settlement_mode: SettlementMode
    effective_from: Instant | None = None
    effective_to: Instant | None = None
    status: PlanStatus
    phases: list[PhaseWire]
    validation_errors: list[ValidationErrorWire]


def plan_to_wire(plan: PlanVersion) -> PlanOut:
    """A plan version as version 1 writes it; Invalid when only version 3 can."""
    row, terms = plan.row, plan.terms
    assert row.created_at is not None
    assert row.updated_at is not None
    return PlanOut(
        id=row.id,
        key=row.key,
        version=row.version,
        name=row.name,
        description=row.description,
        metadata=dict(row.labels) or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        currency=row.currency,
        billing_cadence=terms.billing_cadence,
        pro_rating_config=pro_rating_to_wire(row.pro_rating_enabled),
        settlement_mode=terms.settlement_mode,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        status=plan.status,
        phases=[_phase_to_wire(phase) for phase in terms.phases],
        validation_errors=[issue_to_wire(issue) for issue in plan.issues],
    )


def pro_rating_to_wire(enabled: bool) -> ProRatingWire:
    """Proration as version 1 writes it."""
    return ProRatingWire(enabled=enabled, mode="prorate_prices")


def issue_to_wire(issue: Issue) -> ValidationErrorWire:
    """An issue as version 1 writes it."""
    return ValidationErrorWire(field=issue.field, code=issue.code, message=issue.message)


def _phase_from_wire(phase: PhaseWire) -> PhaseTerms:
    return PhaseTerms(
        key=phase.key,
        name=phase.name,
        rate_cards=tuple(rate_card_from_wire(card) for card in phase.rate_cards),
        duration=phase.duration,
        description=phase.description,
        labels=phase.metadata or {},
    )


def _phase_to_wire(phase: PhaseTerms) -> PhaseWire:
    return PhaseWire(
        key=phase.key,
        name=phase.name,
        description=phase.description,
        metadata=dict(phase.labels) or None,
        duration=phase.duration,
        rate_cards=[rate_card_to_wire(card) for card in phase.rate_cards],
    )
