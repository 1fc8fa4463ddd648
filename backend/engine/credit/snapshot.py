"""A snapshot is everything there is to know about a quota at an instant, so that burning down can resume from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from backend.engine.convert import UnitConfig
from backend.engine.credit.grant import Grant
from backend.engine.exact import ZERO, total


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is left of each grant at an instant, after everything that happens at that instant.

    `since` is the start of the usage period; `usage` is what was used since then, `grant_usage` the part of it that
    grants paid, `overage` the part that none has paid yet. All in the units of `unit_config`. Source: metering spec 10.
    """

    at: datetime
    since: datetime
    balances: Mapping[str, Decimal]
    overage: Decimal
    usage: Decimal
    grant_usage: Decimal
    unit_config: UnitConfig | None = None

    @classmethod
    def starting(cls, grants: Iterable[Grant], at: datetime, unit_config: UnitConfig | None = None) -> Snapshot:
        """The beginning of measurement: nothing used, and each active grant full."""
        empty = cls(at, since=at, balances={}, overage=ZERO, usage=ZERO, grant_usage=ZERO, unit_config=unit_config)
        return empty.covering(grants)

    @property
    def balance(self) -> Decimal:
        """What is left altogether."""
        return total(self.balances.values())

    @property
    def total_available(self) -> Decimal:
        """What grants paid for in this usage period, and what they have left."""
        return total((self.grant_usage, self.balance))

    @property
    def is_finite(self) -> bool:
        """Whether every quantity is a number, neither infinite nor undefined."""
        quantities = (self.overage, self.usage, self.grant_usage, *self.balances.values())
        return all(quantity.is_finite() for quantity in quantities)

    def is_for(self, grants: Iterable[Grant]) -> bool:
        """Whether it has a balance for each of these grants, and for no other."""
        return self.balances.keys() == {grant.id for grant in grants}

    def covering(self, grants: Iterable[Grant]) -> Snapshot:
        """The same instant for exactly these grants: one it does not know is full if active, else it has nothing."""
        unknown = {grant.id: grant.amount if grant.active_at(self.at) else ZERO for grant in grants}
        balances = {id_: self.balances.get(id_, balance) for id_, balance in unknown.items()}
        return replace(self, balances=balances)
