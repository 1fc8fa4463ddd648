"""The job that keeps billing going: everything that is due, in every namespace."""

from backend import clockwork
from backend.access import service as access
from backend.infra.context import unit_of_work
from backend.infra.log import logger

NAME = "clockwork"
EVERY_SECONDS = 5
log = logger(__name__)


def run() -> None:
    """Do what is due in every namespace; one that fails holds up no other, and fails the run in the end."""
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    failures: list[Exception] = []
    for namespace in namespaces:
        try:
            clockwork.run_in_turn(namespace)
        except Exception as error:
            log.exception("clockwork.namespace_failed", namespace=namespace)
            failures.append(error)
    if failures:
        raise failures[0]
