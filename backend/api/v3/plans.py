"""Plans of version 3: drafts, versions on sale, and their end."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, StrictBool

from backend.api.deps import Reading, Writing
from backend.api.remainder import checked_by
from backend.api.v1.wire.prices import Iso8601Duration
from backend.api.v3.rate_cards import RateCardInput, RateCardOut, rate_cards_from_wire, rate_cards_to_wire
from backend.api.v3.versions import CatalogValidationError, issues_to_wire, read_version_filters
from backend.api.v3.wire import (
    PREFIX,
    Description,
    LabelMap,
    Name,
    Paged,
    PagedQuery,
    Snake,
    SnakeInput,
    Sort,
    labels_to_wire,
    read_sort,
)
from backend.api.wire import Instant, Key, WireRoute
from backend.catalog.filters import PlanFilter
from backend.catalog.models import SettlementMode
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import plans
from backend.catalog.terms import MOST_PHASES, MOST_RATE_CARDS, PhaseTerms, PlanInput, PlanTerms
from backend.engine.recurrence import Duration
from backend.engine.subscribe.status import PlanStatus
from backend.infra.context import Context

router = APIRouter(prefix=f"{PREFIX}/plans", tags=["OpenMeter Product Catalog"], route_class=WireRoute)

PlanId = Annotated[str, Path(alias="planId")]
ORDERS = ("id", "key", "version", "created_at", "updated_at")


class _Phase(SnakeInput):
    key: Key
    name: Name
    description: Description | None = None
    duration: Iso8601Duration | None = None


class PhaseInput(_Phase):
    """A stretch of a plan; the last one has no duration."""

    labels: LabelMap | None = None
    rate_cards: Annotated[list[RateCardInput], Field(max_length=MOST_RATE_CARDS)]


class PhaseOut(_Phase):
    """A stretch of a plan; the last one has no duration."""

    labels: dict[str, str] | None = None
    rate_cards: list[RateCardOut]


class PlanUpsert(SnakeInput):
    """Everything of a draft that an update replaces; what is left out is cleared."""

    name: Name
    description: Description | None = None
    labels: LabelMap | None = None
    pro_rating_enabled: StrictBool = True
    phases: Annotated[list[PhaseInput], Field(min_length=1, max_length=MOST_PHASES)]

    def terms(self, billing_cadence: Duration, settlement_mode: SettlementMode) -> PlanTerms:
        """The terms of the plan; what version 3 does not write is given."""
        return PlanTerms(
            name=self.name,
            billing_cadence=billing_cadence,
            phases=tuple(_phase_from_wire(phase) for phase in self.phases),
            pro_rating_enabled=self.pro_rating_enabled,
            settlement_mode=settlement_mode,
            description=self.description,
            labels=self.labels or {},
        )


class PlanCreate(PlanUpsert):
    """A new plan, or the next version of one."""

    key: Key
    currency: str
    billing_cadence: Iso8601Duration

    def from_wire(self) -> PlanInput:
        """The plan to create."""
        terms = self.terms(self.billing_cadence, SettlementMode.CREDIT_THEN_INVOICE)
        return PlanInput(self.key, self.currency, terms)


class PlanOut(Snake):
    """One version of a plan."""

    id: str
    key: str
    version: int
    name: str
    description: str | None = None
    labels: dict[str, str] | None = None
    currency: str
    billing_cadence: Iso8601Duration
    pro_rating_enabled: bool
    settlement_mode: SettlementMode
    status: PlanStatus
    effective_from: Instant | None = None
    effective_to: Instant | None = None
    phases: list[PhaseOut]
    validation_errors: list[CatalogValidationError] | None = None
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None = None


@router.post("", operation_id="create-plan", status_code=201)
@checked_by(lambda ctx, body, _: plans.check(ctx, body.from_wire()))
def create_plan(ctx: Writing, body: PlanCreate) -> PlanOut:
    """Create a draft: the first version of a key, or the next one."""
    return _to_wire(plans.create(ctx, body.from_wire()))


@router.get("", operation_id="list-plans")
def list_plans(
    ctx: Reading, request: Request, page: Annotated[PagedQuery, Query()], sort: str | None = None
) -> Paged[PlanOut]:
    """The plan versions that pass the filters, one page of them."""
    by = read_sort(sort, ORDERS, Sort("created_at", descending=False))
    filters = read_version_filters(request, PlanStatus)
    if filters.statuses == ():
        return page.of([], 0)
    wanted = PlanFilter(
        columns=filters.columns,
        statuses=filters.statuses or (),
        order_by=by.field,
        descending=by.descending,
        offset=page.offset,
        limit=page.size,
    )
    found, total = plans.list_plans(ctx, wanted)
    return page.of([_to_wire(plan) for plan in found], total)


@router.get("/{planId}", operation_id="get-plan")
def get_plan(ctx: Reading, plan_id: PlanId) -> PlanOut:
    """A version by id, also a deleted one; by key the one on sale."""
    return _to_wire(plans.get(ctx, plan_id))


@router.put("/{planId}", operation_id="update-plan")
@checked_by(lambda ctx, body, path: plans.check_update(ctx, path["planId"], _terms(ctx, path["planId"], body)))
def update_plan(ctx: Writing, plan_id: PlanId, body: PlanUpsert) -> PlanOut:
    """Replace a draft; its key, currency, billing cadence and settlement mode stay."""
    return _to_wire(plans.update(ctx, plan_id, _terms(ctx, plan_id, body)))


@router.delete("/{planId}", operation_id="delete-plan", status_code=204)
def delete_plan(ctx: Writing, plan_id: PlanId) -> None:
    """Remove a version that is not on sale."""
    plans.delete(ctx, plan_id)


@router.post("/{planId}/publish", operation_id="publish-plan")
def publish_plan(ctx: Writing, plan_id: PlanId) -> PlanOut:
    """Put a draft on sale in place of the version before it."""
    return _to_wire(plans.publish(ctx, plan_id))


@router.post("/{planId}/archive", operation_id="archive-plan")
def archive_plan(ctx: Writing, plan_id: PlanId) -> PlanOut:
    """End the sale of a version."""
    return _to_wire(plans.archive(ctx, plan_id))


def _phase_from_wire(phase: PhaseInput) -> PhaseTerms:
    return PhaseTerms(
        key=phase.key,
        name=phase.name,
        rate_cards=rate_cards_from_wire(phase.rate_cards),
        duration=phase.duration,
        description=phase.description,
        labels=phase.labels or {},
    )


def _terms(ctx: Context, plan_id: str, body: PlanUpsert) -> PlanTerms:
    """The new terms of a plan, with what stays of it."""
    present = plans.get(ctx, plan_id).terms
    return body.terms(present.billing_cadence, present.settlement_mode)


def _to_wire(plan: PlanVersion) -> PlanOut:
    row, terms = plan.row, plan.terms
    assert row.created_at is not None
    assert row.updated_at is not None
    return PlanOut(
        id=row.id,
        key=row.key,
        version=row.version,
        name=row.name,
        description=row.description,
        labels=labels_to_wire(row.labels),
        currency=row.currency,
        billing_cadence=terms.billing_cadence,
        pro_rating_enabled=terms.pro_rating_enabled,
        settlement_mode=terms.settlement_mode,
        status=plan.status,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        phases=[_phase_to_wire(phase) for phase in terms.phases],
        validation_errors=issues_to_wire(plan.issues),
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


def _phase_to_wire(phase: PhaseTerms) -> PhaseOut:
    return PhaseOut(
        key=phase.key,
        name=phase.name,
        description=phase.description,
        labels=labels_to_wire(phase.labels),
        duration=phase.duration,
        rate_cards=rate_cards_to_wire(phase.rate_cards),
    )
