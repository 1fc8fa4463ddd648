"""What is due in a namespace now, and when something will be next."""

from collections.abc import Sequence
from datetime import datetime

from backend.engine.invoice.lifecycle import Situation, State, automatic
from backend.infra.context import Context
from backend.invoicing import repository


def subscriptions_to_sync(ctx: Context) -> Sequence[str]:
    """The subscriptions whose lines have to be looked at."""
    return repository.subscriptions_to_sync(ctx)


def customers_to_collect(ctx: Context) -> Sequence[str]:
    """The customers with gathered lines that are due."""
    return repository.customers_to_collect(ctx)


def invoices_to_advance(ctx: Context) -> Sequence[str]:
    """The invoices that may be able to go on by themselves, oldest first."""
    moving = [state for state in State if automatic(state, Situation(ctx.now)) is not None]
    return repository.invoices_in(ctx, moving)


def next_due(ctx: Context) -> datetime | None:
    """The next future instant at which there is something to do; None when nothing is planned."""
    return min(repository.next_moments(ctx), default=None)


def oldest_due(ctx: Context) -> datetime | None:
    """Since when the thing that has waited longest has been due; None when nothing waits."""
    return repository.oldest_due(ctx)
