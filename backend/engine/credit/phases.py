"""A stretch of time is cut into phases wherever a grant takes effect, recurs or ends: inside one, nothing changes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from backend.engine.credit.grant import Grant
from backend.engine.period import Period


@dataclass(frozen=True, slots=True)
class Phase:
    """A period in which the same grants are active; those `renewed` have their full amount when it starts."""

    period: Period
    renewed: frozenset[str]


def phases(grants: Sequence[Grant], period: Period, *, opening: bool, closing: bool) -> list[Phase]:
    """Cut a period without resets into phases, at the very instants, not at the minute before (as upstream does).

    What is renewed just when the period starts counts only if `opening`: a snapshot has it already, a reset does not.
    What is renewed just when it ends makes a last, empty phase if `closing`, so that a balance at an instant has the
    grants of that instant; without, it belongs to the period after. Source: metering spec 10. Upstream quirk: OpenMeter
    closes with grants that recur, but lets one that takes effect wait for the next minute.
    """
    renewed: defaultdict[datetime, set[str]] = defaultdict(set)
    for grant in grants:
        for instant in grant.renewals(period):
            renewed[instant].add(grant.id)
    if not opening:
        renewed.pop(period.start, None)
    changes = {*renewed, *(grant.active.end for grant in grants if not grant.active.is_empty)}
    edges = [period.start, *sorted(at for at in changes if period.start < at < period.end), period.end]
    if closing and period.end in renewed and not period.is_empty:
        edges.append(period.end)
    return [Phase(Period(*edge), frozenset(renewed.get(edge[0], ()))) for edge in pairwise(edges)]
