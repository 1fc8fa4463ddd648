"""The job that counts earlier events into rollups of new meters and removes ended ones.

It goes slice by slice, so that storing events never waits long.
"""

import time
from collections.abc import Callable

from backend.access import service as access
from backend.infra.context import Context, unit_of_work
from backend.infra.turns import turn
from backend.metering import service as metering

NAME = "rollups"
EVERY_SECONDS = 5
MOST_SECONDS = 4
"""A run ends after this long, and the next one goes on where it stopped: the scheduler can be stopped at any time."""


def run() -> None:
    """Fill and remove what there is in every namespace, as far as a run may go; one process at a time."""
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    until = time.monotonic() + MOST_SECONDS
    with turn(NAME, wait=False) as is_ours:
        for namespace in namespaces if is_ours else ():
            while time.monotonic() < until and (task := _task(namespace)) is not None:
                _do(namespace, task)


def _task(namespace: str) -> Callable[[Context], object] | None:
    with unit_of_work(namespace, writing=False) as ctx:
        if metering.is_filling_rollups(ctx):
            return metering.fill_rollup
        return metering.sweep_rollup if metering.is_sweeping_rollups(ctx) else None


def _do(namespace: str, task: Callable[[Context], object]) -> None:
    """Do one slice, then leave the database to others for as long."""
    started = time.monotonic()
    with unit_of_work(namespace) as ctx:
        task(ctx)
    time.sleep(time.monotonic() - started)
