"""The job that keeps billing going: everything that is due, in every namespace."""

from datetime import timedelta

from backend import clockwork
from backend.access import service as access
from backend.infra.context import unit_of_work
from backend.infra.log import logger
from backend.invoicing import service as invoicing

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


def lag() -> timedelta:
    """How long the oldest thing that is due in any namespace has waited; zero when nothing waits."""
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    longest = timedelta()
    for namespace in namespaces:
        with unit_of_work(namespace, writing=False) as ctx:
            since = invoicing.oldest_due(ctx)
            longest = max(longest, ctx.now - since) if since is not None else longest
    return longest
