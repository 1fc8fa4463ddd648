"""What publishing or archiving an add-on changes, with counts: read before anybody confirms it."""

from collections.abc import Sequence

from backend.catalog.models import Addon
from backend.catalog.service import offers
from backend.catalog.service.offers import OfferingPlan
from backend.engine.subscribe.status import AddonStatus
from backend.infra.context import Context
from portal.formatting import plural


def on_publish(ctx: Context, known: Sequence[tuple[Addon, AddonStatus]]) -> str:
    """What happens to the version on sale and the plans that offer it."""
    on_sale = next((row for row, status in known if status is AddonStatus.ACTIVE), None)
    if on_sale is None:
        return "Plans can offer it from now on. A published version cannot be changed, only replaced."
    offering = plan_count(offers.plans_offering(ctx, [on_sale.id]).get(on_sale.id, ()))
    return (
        f"It takes the place of version {on_sale.version}, which is no longer sold. "
        f"{plural(offering, 'plan')} offering version {on_sale.version} must be given the new one by hand. "
        "A published version cannot be changed."
    )


def plan_count(offering: Sequence[OfferingPlan]) -> int:
    """How many plans offer it, whatever the number of their versions."""
    return len({plan.row.key for plan in offering})


def on_archive(offering: int) -> str:
    """What happens to the plans that offer it."""
    return (
        f"It is offered with {plural(offering, 'plan')}; nobody can take it there any more, and a draft that offers "
        "it cannot be published. To sell it again, make a new version."
    )
