"""What Northwind AI sells: tokens, requests and storage, in three plans, with two add-ons to the middle one."""

from dataclasses import replace
from decimal import Decimal

from backend.catalog.models import InstanceType, RateCardKind
from backend.catalog.service import addons, features, offers, plans
from backend.catalog.templates import BooleanTemplate, MeteredTemplate
from backend.catalog.terms import (
    AddonInput,
    AddonTerms,
    FeatureInput,
    OfferTerms,
    PhaseTerms,
    PlanInput,
    PlanTerms,
    RateCardTerms,
)
from backend.engine.meter.definition import Aggregation
from backend.engine.rate.prices import Flat, Graduated, PaymentTerm, Price, Tier, Unit
from backend.engine.recurrence import MONTH
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.service import MeterInput

COMPLETION, STORAGE = "completion", "storage"

SELLER = {"name": "Northwind AI", "addresses": [{"line1": "40 Harbour Street", "city": "Seattle", "country": "US"}]}
"""Who stands on the invoices, as a billing profile keeps it."""

METERS = (
    MeterInput(
        slug="tokens",
        name="Tokens",
        description="Tokens read and written by the models.",
        aggregation=Aggregation.SUM,
        event_type=COMPLETION,
        value_property="$.tokens",
        group_by={"model": "$.model", "region": "$.region"},
    ),
    MeterInput(
        slug="requests",
        name="Requests",
        description="Requests answered by the API.",
        aggregation=Aggregation.SUM,
        event_type=COMPLETION,
        value_property="$.requests",
        group_by={"model": "$.model", "region": "$.region"},
    ),
    MeterInput(
        slug="storage",
        name="Storage",
        description="Gigabyte-days of stored documents.",
        aggregation=Aggregation.SUM,
        event_type=STORAGE,
        value_property="$.gigabyte_days",
    ),
)

FEATURES = (
    FeatureInput("tokens", "Tokens", meter="tokens"),
    FeatureInput("requests", "API requests", meter="requests"),
    FeatureInput("storage", "Document storage", meter="storage"),
    FeatureInput("priority_support", "Priority support"),
)

MILLION = Decimal(1_000_000)
STARTER, PRO, SCALE = "starter", "pro", "scale"
TOKEN_PACK, SUPPORT = "token_pack", "priority_support"
STARTER_QUOTA = 5 * MILLION


def open_shop(ctx: Context) -> None:
    """Create the meters and features, and put the first version of each plan on sale."""
    for meter in METERS:
        metering.create_meter(ctx, meter)
    for feature in FEATURES:
        features.create(ctx, feature)
    for key, terms in ((TOKEN_PACK, token_pack()), (SUPPORT, support())):
        addons.publish(ctx, addons.create(ctx, AddonInput(key, "USD", terms)).row.id)
    put_on_sale(ctx, STARTER, starter())
    put_on_sale(ctx, PRO, pro(fee=199), (TOKEN_PACK, 5), (SUPPORT, None))
    put_on_sale(ctx, SCALE, scale())


def raise_price(ctx: Context) -> None:
    """Publish version 2 of Pro; customers on version 1 keep what they bought."""
    put_on_sale(ctx, PRO, pro(fee=249), (TOKEN_PACK, 5), (SUPPORT, None))


def put_on_sale(ctx: Context, key: str, terms: PlanTerms, *offered: tuple[str, int | None]) -> None:
    """Publish the next version of a plan with the add-ons it offers, each with its largest quantity."""
    draft = plans.create(ctx, PlanInput(key, "USD", terms))
    for addon, most in offered:
        offers.create(ctx, draft.row.id, addons.get(ctx, addon).row.id, OfferTerms("default", most))
    plans.publish(ctx, draft.row.id)


def token_pack() -> AddonTerms:
    """More tokens in the quota, as often as one likes."""
    return AddonTerms(
        "Token pack",
        InstanceType.MULTIPLE,
        (
            replace(_fee(60), key="token_pack", name="Token pack"),
            _metered("tokens", "Tokens", None, quota=20 * MILLION, soft=True),
        ),
        description="20 million tokens more, every month.",
    )


def support() -> AddonTerms:
    """Somebody who picks up the phone."""
    return AddonTerms("Priority support", InstanceType.SINGLE, (_support(),), description="Answers within the hour.")


def starter() -> PlanTerms:
    """A small fee and a quota that ends where it ends."""
    return _plan(
        "Starter",
        "For trying things out: a fixed price that never surprises.",
        _fee(29),
        _metered("tokens", "Tokens", None, quota=STARTER_QUOTA),
        _metered("requests", "API requests", None, quota=Decimal(50_000)),
        _metered("storage", "Document storage", Unit(Decimal("0.01"))),
    )


def pro(fee: int) -> PlanTerms:
    """A fee with tokens included, and more at a price that falls."""
    return _plan(
        "Pro",
        "For products in production: included tokens, then pay as you go.",
        _fee(fee),
        _metered(
            "tokens",
            "Tokens",
            Graduated(
                (
                    Tier(20 * MILLION, unit=Decimal(0)),
                    Tier(100 * MILLION, unit=Decimal("0.000004")),
                    Tier(None, unit=Decimal("0.000003")),
                )
            ),
            quota=20 * MILLION,
            soft=True,
        ),
        _metered("requests", "API requests", Unit(Decimal("0.0002"))),
        _metered("storage", "Document storage", Unit(Decimal("0.008"))),
    )


def scale() -> PlanTerms:
    """A larger fee, cheaper tokens, and somebody who picks up the phone."""
    return _plan(
        "Scale",
        "For whole companies: the best price per token, and priority support.",
        _fee(999),
        _metered(
            "tokens",
            "Tokens",
            Graduated((Tier(200 * MILLION, unit=Decimal(0)), Tier(None, unit=Decimal("0.0000025")))),
            quota=200 * MILLION,
            soft=True,
        ),
        _metered("requests", "API requests", Unit(Decimal("0.0001"))),
        _metered("storage", "Document storage", Unit(Decimal("0.005"))),
        _support(),
    )


def _plan(name: str, description: str, *cards: RateCardTerms) -> PlanTerms:
    return PlanTerms(
        name=name, description=description, billing_cadence=MONTH, phases=(PhaseTerms("default", name, cards),)
    )


def _fee(amount: int) -> RateCardTerms:
    return RateCardTerms(
        key="platform_fee",
        name="Platform fee",
        kind=RateCardKind.FLAT_FEE,
        price=Flat(Decimal(amount), PaymentTerm.IN_ADVANCE),
        billing_cadence=MONTH,
    )


def _support() -> RateCardTerms:
    return RateCardTerms(
        key="priority_support",
        name="Priority support",
        kind=RateCardKind.FLAT_FEE,
        price=Flat(Decimal(150), PaymentTerm.IN_ARREARS),
        billing_cadence=MONTH,
        feature_key="priority_support",
        entitlement=BooleanTemplate(),
    )


def _metered(
    key: str, name: str, price: Price | None, *, quota: Decimal | None = None, soft: bool = False
) -> RateCardTerms:
    return RateCardTerms(
        key=key,
        name=name,
        kind=RateCardKind.USAGE_BASED,
        price=price,
        billing_cadence=MONTH,
        feature_key=key,
        entitlement=None if quota is None else MeteredTemplate(issue_after_reset=quota, is_soft_limit=soft),
    )
