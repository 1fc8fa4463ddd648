"""What subscriptions ask of the slices above them before something is sold: whether it could be billed."""

from collections.abc import Callable, Iterable, Iterator

from backend.customers.models import Customer
from backend.errors import Issue
from backend.infra.context import Context

SaleCheck = Callable[[Context, Customer], Iterable[Issue]]
"""What keeps a customer from being billed, as far as one slice knows."""

_checks: set[SaleCheck] = set()


def check_sales_by(check: SaleCheck) -> None:
    """Name who is asked before a sale; called where a process is put together."""
    _checks.add(check)


def sale_issues(ctx: Context, customer: Customer) -> Iterator[Issue]:
    """Everything that keeps a customer from being billed (billing spec 3.3)."""
    for check in _checks:
        yield from check(ctx, customer)
