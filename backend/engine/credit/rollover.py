"""A reset starts a new usage period: what is left of each grant rolls over within its limits, usage starts at zero."""

from collections.abc import Sequence
from dataclasses import replace

from backend.engine.credit.grant import Grant
from backend.engine.credit.history import Segment
from backend.engine.credit.order import burn
from backend.engine.credit.snapshot import Snapshot
from backend.engine.exact import ZERO, total
from backend.engine.period import Period
from backend.engine.usage_period import Reset


def roll_over(order: Sequence[Grant], before: Snapshot, reset: Reset) -> tuple[Snapshot, Segment]:
    """The state just after a reset, and the instant as a segment of history; grants come in burn order.

    A grant that ends at the reset has nothing to roll over. Overage is forgiven unless the reset preserves it; then the
    rolled balances pay it first. Grants that take effect or recur at the same instant get their full amount after that.
    Source: metering spec 10. Upstream quirk: OpenMeter rolls over the minimum of a grant that only takes effect at the
    reset as well, so that preserved overage is paid with an amount that was never granted.
    """
    active = [grant for grant in order if grant.active_at(reset.at) and grant.effective_at < reset.at]
    rolled = {grant.id: grant.rolled_over(before.balances[grant.id]) for grant in active}
    balances = dict.fromkeys(before.balances, ZERO) | rolled
    overage = before.overage if reset.preserve_overage else ZERO
    burnt = burn(active, balances, overage)
    after = replace(
        before,
        at=reset.at,
        since=reset.at,
        balances=burnt.balances,
        overage=burnt.overage,
        usage=ZERO,
        grant_usage=total(burnt.usages.values()),
    )
    segment = Segment(
        period=Period(reset.at, reset.at),
        balances_at_start=balances,
        balances_at_end=burnt.balances,
        grant_usages=burnt.usages,
        usage=ZERO,
        overage_at_start=overage,
        overage=burnt.overage,
        is_rollover=True,
    )
    return after, segment
