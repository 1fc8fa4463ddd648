"""May they? Asked for many features of a customer at once, with the reason where the answer is no."""

from collections.abc import Collection
from dataclasses import dataclass

from backend.catalog.filters import FeatureFilter
from backend.catalog.service import features
from backend.customers.models import Customer
from backend.engine.entitle import NO_ACCESS, Denial, denial
from backend.entitlements import repository
from backend.entitlements.service.balance import value_of
from backend.infra.context import Context

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a customer may use a feature now; if not, why."""

    has_access: bool
    reason: Denial | None = None


def answers(ctx: Context, customer: Customer, feature_keys: Collection[str] | None = None) -> dict[str, Answer]:
    """Feature key → whether the customer may use it now, for these features or for all that are in use.

    A feature that nobody knows is answered as not found. Source: metering spec 7.
    """
    in_use = _features_in_use(ctx)
    held = {found.feature_key: found for found in repository.active_at(ctx, customer.id, ctx.now)}
    found: dict[str, Answer] = {}
    for key in in_use if feature_keys is None else dict.fromkeys(feature_keys):
        if key in held:
            value = value_of(ctx, customer, held[key], ctx.now)
        elif key in in_use:
            value = NO_ACCESS
        else:
            found[key] = Answer(has_access=False, reason=Denial.FEATURE_NOT_FOUND)
            continue
        found[key] = Answer(value.has_access, denial(value))
    return found


def _features_in_use(ctx: Context) -> dict[str, None]:
    keys: dict[str, None] = {}
    total = 1
    while len(keys) < total:
        page, total = features.list_features(ctx, FeatureFilter(offset=len(keys), limit=AT_ONCE))
        keys |= dict.fromkeys(feature.key for feature in page)
        if not page:
            break
    return keys
