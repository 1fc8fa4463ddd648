"""A small shop to test with: a meter of tokens, features, rate cards, plans, customers and their usage."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from backend.catalog.models import Feature, RateCardKind
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import features, plans
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import FeatureInput, PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.customers import service as customers
from backend.customers.models import Customer
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.engine.rate.prices import Flat, Unit
from backend.engine.recurrence import MONTH
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput

D = Decimal

FEE = RateCardTerms("fee", "Platform fee", RateCardKind.FLAT_FEE, Flat(D(20)), MONTH)
TOKENS = RateCardTerms(
    "tokens",
    "Tokens",
    RateCardKind.USAGE_BASED,
    Unit(D("0.001")),
    MONTH,
    feature_key="tokens",
    entitlement=MeteredTemplate(D(1000)),
)
TERMS = PlanTerms("Pro", MONTH, (PhaseTerms("main", "Main", (FEE, TOKENS)),))


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def one_phase(*cards: RateCardTerms, **changes: Any) -> PlanTerms:
    """The terms of a plan with one phase that never ends."""
    return replace(TERMS, phases=(PhaseTerms("main", "Main", cards),), **changes)


def tokens_feature(ctx: Context) -> Feature:
    """The feature `tokens`, measured by the sum of tokens in events of type prompt, grouped by model."""
    metering.create_meter(
        ctx, MeterInput("tokens", Aggregation.SUM, "prompt", "$.tokens", group_by={"model": "$.model"})
    )
    return features.create(ctx, FeatureInput("tokens", "Tokens", meter="tokens"))


def draft(ctx: Context, key: str = "pro", terms: PlanTerms = TERMS, currency: str = "USD") -> PlanVersion:
    """A draft of a plan."""
    return plans.create(ctx, PlanInput(key, currency, terms))


def on_sale(ctx: Context, key: str = "pro", terms: PlanTerms = TERMS, currency: str = "USD") -> PlanVersion:
    """A plan on sale."""
    return plans.publish(ctx, draft(ctx, key, terms, currency).row.id)


def customer(ctx: Context, key: str = "acme", **more: Any) -> Customer:
    """A customer whose key is also the subject of its usage."""
    return customers.create(ctx, CustomerInput(name=key.title(), key=key, **more))


def use(ctx: Context, time: datetime, tokens: int | str, subject: str = "acme", **data: Any) -> None:
    """Usage of tokens by a customer."""
    event = CloudEvent(
        id=f"{time}-{subject}-{tokens}",
        source="test",
        type="prompt",
        subject=subject,
        time=time,
        data=json.dumps({"tokens": str(tokens), **data}),
    )
    ingest.ingest(ctx, [event])
