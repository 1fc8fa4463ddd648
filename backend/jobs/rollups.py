"""The job that counts earlier events into rollups of new meters, slice by slice: storing events never waits long."""

import time

from backend.access import service as access
from backend.infra.context import unit_of_work
from backend.infra.turns import turn
from backend.metering import service as metering

NAME = "rollups"
EVERY_SECONDS = 5
MOST_SECONDS = 4
"""A run ends after this long, and the next one goes on where it stopped: the scheduler can be stopped at any time."""


def run() -> None:
    """Fill what lacks events in every namespace, as far as a run may go; one process at a time."""
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    until = time.monotonic() + MOST_SECONDS
    with turn(NAME, wait=False) as is_ours:
        for namespace in namespaces if is_ours else ():
            while time.monotonic() < until and _is_filling(namespace):
                _fill(namespace)


def _is_filling(namespace: str) -> bool:
    with unit_of_work(namespace, writing=False) as ctx:
        return metering.is_filling_rollups(ctx)


def _fill(namespace: str) -> None:
    """Count one slice, then leave the database to others for as long."""
    started = time.monotonic()
    with unit_of_work(namespace) as ctx:
        metering.fill_rollup(ctx)
    time.sleep(time.monotonic() - started)
