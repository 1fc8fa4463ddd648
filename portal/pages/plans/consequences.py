"""What publishing or archiving a plan changes, with counts: read before anybody confirms it."""

from collections.abc import Mapping, Sequence

from backend.catalog.models import Plan
from backend.engine.subscribe.status import PlanStatus
from portal.formatting import plural


def on_publish(known: Sequence[tuple[Plan, PlanStatus]], counts: Mapping[str, int]) -> str:
    """What happens to the version on sale and its subscriptions; `counts` are by version id."""
    on_sale = next((row for row, status in known if status is PlanStatus.ACTIVE), None)
    if on_sale is None:
        return "Customers can subscribe to it from now on. A published version cannot be changed, only replaced."
    running = plural(counts.get(on_sale.id, 0), "subscription")
    return (
        f"It takes the place of version {on_sale.version}, which is no longer sold. "
        f"{running} to version {on_sale.version} will go on at the old price. A published version cannot be changed."
    )


def on_archive(running: int) -> str:
    """What happens to the subscriptions of a version that is no longer sold."""
    return (
        f"It is used in {plural(running, 'subscription')}, which will go on unchanged. "
        "Nobody can subscribe to it any more; to sell it again, make a new version."
    )
