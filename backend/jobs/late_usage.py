"""The job that looks once more for usage that came late: while it was stored, its invoice may just have been metered.

SQLite needs no second look: events are stored before an invoice is metered or after it, never meanwhile.
"""

from datetime import timedelta

from backend.access import service as access
from backend.infra.clock import wall
from backend.infra.context import unit_of_work
from backend.infra.db import database
from backend.invoicing import service as invoicing

NAME = "late_usage"
EVERY_SECONDS = 60
SETTLED_AFTER = timedelta(minutes=2)
"""After this long, whoever stored events or metered an invoice at a moment has come to an end."""


def run() -> None:
    """Look through what was stored since the last run, in every namespace, as far as it is settled."""
    if database().is_sqlite:
        return
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    until = wall() - SETTLED_AFTER
    for namespace in namespaces:
        with unit_of_work(namespace) as ctx:
            invoicing.look_again_for_late_usage(ctx, until)
