"""The job that posts what was told to webhooks, and tries again what failed."""

from backend.access import service as access
from backend.infra.context import unit_of_work
from backend.integrations import webhooks
from backend.notifications import service as notifications

NAME = "notifications"
EVERY_SECONDS = 5


def run() -> None:
    """Try everything that is due, in every namespace."""
    with unit_of_work(writing=False) as ctx:
        namespaces = access.namespace_keys(ctx)
    for namespace in namespaces:
        notifications.deliver_due(namespace, webhooks.post)
