"""Quotas live, are reset, charted and refused as in OpenMeter's own tests."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from backend.engine.credit.balance_history import HistoryQuery, balance_history
from backend.engine.credit.burn_down import burn_down
from backend.engine.credit.snapshot import Snapshot
from backend.engine.entitle import (
    NO_ACCESS,
    Denial,
    EntitlementValue,
    Schedule,
    boolean_value,
    clashing,
    denial,
    quota_value,
    static_value,
)
from backend.engine.meter.window import WindowSize
from backend.engine.period import FOREVER, Period
from backend.engine.usage_period import Start, UsagePeriods
from backend.errors import Invalid
from tests.engine import quotas
from tests.engine.quotas import Quota, without_zeros
from tests.engine.vectors import Case, cases, instant, period


@pytest.mark.parametrize(("given", "expected"), cases("grants", "entitlement.scenario"))
def test_the_life_of_a_quota(given: Case, expected: Case) -> None:
    quota = Quota.of(given)
    if "seededSnapshot" in given:
        since = {"usageSince": given["measureUsageFrom"]}
        quota.kept.append(quotas.snapshot({**given["seededSnapshot"], **since}))
    for step, wanted in zip(given["steps"], expected["steps"], strict=True):
        if "error" in wanted:
            with pytest.raises(Invalid, match=wanted["error"]):
                quota.reset(step)
        else:
            take(quota, step, wanted)


def take(quota: Quota, step: Case, wanted: Case) -> None:
    match step["op"]:
        case "grant":
            quota.grants.append(quotas.grant(step["grant"]))
        case "ingest":
            quota.stored += quotas.events(step["events"])
        case "getEntitlement":
            found = {
                "lastReset": quota.periods.last_reset,
                "usagePeriodAnchor": quota.periods.starts[-1].recurrence.anchor,
            }
            assert {key: found[key] for key in wanted} == {key: instant(time) for key, time in wanted.items()}
        case "reset":
            assert_state(quota.reset(step).snapshot, wanted)
        case "balance":
            ask(quota, step, wanted)


def ask(quota: Quota, step: Case, wanted: Case) -> None:
    """Ask for the balance: from the beginning, and from every state that was kept; the answer must be the same."""
    at = instant(step["at"])
    found = quota.balance(at)
    for kept in [state for state in quota.kept if state.at <= at]:
        assert without_zeros(quota.balance(at, kept).snapshot) == without_zeros(found.snapshot)
    assert_state(found.snapshot, wanted)
    if "snapshotToKeep" in wanted:
        kept_now = quota.keep(quota.balance(at, quotas.latest(quota.kept, at)), at)
        assert_kept(kept_now, wanted["snapshotToKeep"])


def assert_kept(kept: Snapshot | None, wanted: Case | None) -> None:
    if wanted is None:
        assert kept is None
        return
    assert kept is not None
    assert (kept.at, kept.balances) == (instant(wanted["at"]), wanted["balances"])
    if "usage" in wanted:
        assert (kept.usage, kept.grant_usage) == (wanted["usage"], wanted["totalGrantUsage"])
        assert kept.since == instant(wanted["usageSince"])


def assert_state(state: Snapshot, wanted: Case) -> None:
    found = {
        "usageInPeriod": state.usage,
        "balance": state.balance,
        "overage": state.overage,
        "totalAvailableGrantAmount": state.total_available,
        "grantBalances": state.balances,
    }
    asserted = wanted.keys() - {"snapshotToKeep"}
    assert {key: found[key] for key in asserted} == {key: wanted[key] for key in asserted}


@pytest.mark.parametrize(("given", "expected"), cases("grants", "entitlement.property"))
def test_late_events_do_not_part_usage_and_balance(given: Case, expected: Case) -> None:
    start = instant("2025-01-15T00:00:00Z")
    at = start + timedelta(hours=1)
    wire = given["grant"] | {"id": "g1", "effectiveAt": start.isoformat()}
    quota = Quota.of(
        {
            "measureUsageFrom": start.isoformat(),
            "usagePeriod": {"interval": "MONTH", "anchor": start.isoformat()},
            "grants": [wire],
            "usageEvents": [{"at": (start + timedelta(minutes=5)).isoformat(), "value": 200}],
        }
    )
    late = (at - timedelta(minutes=1), Decimal(5))

    def usage(asked: Period) -> Decimal:
        quota.stored.append(late)
        found = quota.usage(asked)
        quota.stored.append(late)
        return found

    state = burn_down(quota.allowance(at), quota.beginning, at, usage).snapshot
    assert state.usage == 205
    assert state.usage + state.balance - state.overage == 1000


@pytest.mark.parametrize(("given", "expected"), cases("grants", "entitlement.history"))
def test_a_chart_of_the_balance(given: Case, expected: Case) -> None:
    quota, query = Quota.of(given), given["query"]
    asked = Period(instant(query.get("from", given["measureUsageFrom"])), instant(query["to"]))
    window = HistoryQuery(asked, WindowSize(query["windowSize"]), ZoneInfo(query["windowTimeZone"]))
    found = balance_history(quota.allowance(asked.end), quota.beginning, window, quota.usage)
    assert len(found.windows) == expected["windowCount"]
    assert len(found.run.history.segments) == expected["segmentCount"]
    charted = {window.period.start: window for window in found.windows}
    for wanted in expected["windows"]:
        chart = charted[instant(wanted["from"])]
        assert (chart.usage, chart.balance_at_start) == (wanted.get("usageInPeriod", 0), wanted["balanceAtStart"])


@pytest.mark.parametrize(("given", "expected"), cases("grants", "entitlement.resetTimeline"))
def test_the_timeline_of_resets(given: Case, expected: Case) -> None:
    rhythm, asked = given["usagePeriod"], period(given["query"])
    starts = [
        Start(instant(given["measureUsageFrom"]), quotas.recurrence(rhythm)),
        *(Start(instant(one["at"]), quotas.recurrence(rhythm | one)) for one in given["manualResets"]),
    ]
    periods = UsagePeriods(tuple(starts))
    times = [periods.at(asked.start).start, *(reset.at for reset in periods.timeline(asked))]
    assert times == [instant(time) for time in expected["times"]]


@pytest.mark.parametrize(("given", "expected"), cases("grants", "usagePeriod.currentPeriod"))
def test_resets_may_change_the_interval(given: Case, expected: Case) -> None:
    periods = UsagePeriods(
        tuple(Start(instant(one["time"]), quotas.recurrence(one)) for one in given["recurrences"]),
    )
    assert [periods.at(instant(at)) for at in given["at"]] == [period(wanted) for wanted in expected["periods"]]


@pytest.mark.parametrize(("given", "expected"), cases("grants", "entitlement.uniqueness"))
def test_one_entitlement_at_a_time(given: Case, expected: Case) -> None:
    schedules = [
        Schedule(
            wire.get("id", ""),
            wire["customerId"],
            wire["feature"],
            Period(
                instant(wire["createdAt"]),
                min([instant(wire[key]) for key in ("activeTo", "deletedAt") if key in wire], default=FOREVER),
            ),
        )
        for wire in given["entitlements"]
    ]
    wanted = expected["error"]
    in_order = sorted(schedules, key=lambda schedule: schedule.period)

    def clash() -> Schedule | None:
        found = (clashing(later, in_order[:number]) for number, later in enumerate(in_order))
        return next((schedule for schedule in found if schedule), None)

    if wanted is None:
        assert clash() is None
    elif "constraint" in wanted:
        found = clash()
        assert found is not None
        assert found.id == "5"
    else:
        with pytest.raises(Invalid, match=wanted.split(",")[0].removeprefix("entitlements ")):
            clash()


@pytest.mark.parametrize(("given", "expected"), cases("grants", "access.map"))
def test_why_there_is_no_access(given: Case, expected: Case) -> None:
    value = {
        "boolean": boolean_value,
        "static": lambda: static_value(given["config"]),
        "none": lambda: NO_ACCESS,
        "metered": lambda: of_balance(given["balance"]),
    }[given["type"]]()
    code = expected["reasonCode"]
    assert (value.has_access, denial(value)) == (expected["hasAccess"], code and Denial(code))


def of_balance(balance: int) -> EntitlementValue:
    return quota_value(quotas.snapshot({"balances": {"grant": balance}}))
