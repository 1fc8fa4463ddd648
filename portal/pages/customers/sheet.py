"""The list of customers as a file. What each has accrued stands in the file of invoices, in its currency."""

from collections.abc import Iterator, Sequence

from backend.customers import service as customers
from backend.customers.models import Customer
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from portal import payment_words
from portal.sheet import Cell, Sheet

COLUMNS = (
    "id",
    "key",
    "name",
    "email",
    "subjects",
    "currency",
    "plan",
    "plan_version",
    "payment",
    "created_at",
)
AT_ONCE = 200


def customers_sheet(ctx: Context, found: Sequence[Customer]) -> Sheet:
    """One row for each customer."""
    return Sheet("customers", COLUMNS, _rows(ctx, found))


def _rows(ctx: Context, found: Sequence[Customer]) -> Iterator[Sequence[Cell]]:
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        ids = [customer.id for customer in some]
        subjects = customers.subject_keys(ctx, some)
        running = subscriptions.current(ctx, ids)
        standings = payment_words.standings(ctx, ids)
        for customer in some:
            bought = running.get(customer.id)
            yield (
                customer.id,
                customer.key,
                customer.name,
                customer.primary_email,
                " ".join(subjects[customer.id]),
                customer.currency,
                bought.name if bought else None,
                bought.plan_version if bought else None,
                standings[customer.id].word,
                customer.created_at,
            )
