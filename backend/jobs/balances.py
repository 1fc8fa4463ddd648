"""The job that keeps yesterday's state of every quota, so that a value check need not look further back.

It runs each minute because a late event makes a state be forgotten: value checks are slow only until the next run.
"""

from backend.access import service as access
from backend.entitlements.service import snapshots
from backend.infra.context import unit_of_work

NAME = "balances"
EVERY_SECONDS = 60


def run() -> None:
    """Keep the states that are due, in every namespace, each in a unit of work of its own."""
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    for namespace in namespaces:
        with unit_of_work(namespace, writing=False) as ctx:
            due = snapshots.due(ctx)
        for entitlement_id in due:
            with unit_of_work(namespace) as ctx:
                snapshots.keep(ctx, entitlement_id)
