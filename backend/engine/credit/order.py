"""Which grant pays first: usage burns the grants in one fixed order, and what they cannot cover is overage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backend.engine.credit.grant import Grant
from backend.engine.exact import exact
from backend.engine.period import FOREVER, truncate


@dataclass(frozen=True, slots=True)
class Burn:
    """The balances after usage was paid for, what each grant paid, and what none of them covered."""

    balances: dict[str, Decimal]
    usages: dict[str, Decimal]
    overage: Decimal


def burn_order(grant: Grant) -> tuple[int, datetime, datetime, str]:
    """The lowest priority number first, then what expires first (to the second), was created first, has the least id.

    What never expires comes last among its equals. Source: metering spec 10.
    """
    return grant.priority, truncate(grant.expires_at or FOREVER), grant.created_at, grant.id


@exact()
def burn(active: Iterable[Grant], balances: Mapping[str, Decimal], need: Decimal) -> Burn:
    """Pay for usage from active grants, which come in burn order; balances of other grants stay as they are.

    A negative need, from a correction of usage, is given back to the first of them, or kept as negative overage when
    there is none. Source: metering spec 10.
    """
    left, usages = dict(balances), {}
    for grant in active:
        if not need:
            break
        part = min(left[grant.id], need)
        if part:
            left[grant.id] -= part
            need -= part
            usages[grant.id] = part
    return Burn(left, usages, overage=need)
