"""Grants burn down, roll over and are charted as in OpenMeter's own tests."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backend.engine.convert import convert
from backend.engine.credit.burn_down import Allowance, BurnDown, Usage, burn_down
from backend.engine.credit.history import History
from backend.engine.credit.order import burn_order
from backend.engine.credit.snapshot import Snapshot
from backend.engine.exact import ZERO
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.engine.usage_period import Reset
from backend.errors import Invalid
from tests.engine import quotas
from tests.engine.quotas import number, quantities
from tests.engine.vectors import Case, cases, instant, period


def usage_of(given: Case) -> Usage:
    rule = given.get("usageRule")
    if rule is None:
        return quotas.metered(Aggregation(given.get("aggregation", "SUM")), quotas.events(given["usageEvents"]))
    if rule["type"] == "constantPerQuery":
        return lambda _: number(rule["value"])
    return lambda asked: number(rule["before"] if asked.start < instant(rule["at"]) else rule["after"])


def run(given: Case) -> BurnDown:
    grants = tuple(map(quotas.grant, given["grants"]))
    resets = tuple(Reset(instant(at), given.get("preserveOverage", False)) for at in given["resets"])
    start = quotas.snapshot(given["startingSnapshot"])
    allowance = Allowance(grants, resets, Aggregation(given.get("aggregation", "SUM")), start.unit_config)
    return burn_down(allowance, start, instant(given["until"]), usage_of(given))


@pytest.mark.parametrize(("given", "expected"), cases("grants", "engine.run"))
def test_a_run(given: Case, expected: Case) -> None:
    if expected.get("error"):
        with pytest.raises(Invalid, match="starting snapshot"):
            run(given)
        return
    found = run(given)
    state, segments = found.snapshot, found.history.segments
    assert found == run(given)
    assert_segments(found, expected)
    closing = quantities(expected.get("balances", {}))
    # what OpenMeter reports at the end still holds grants that end just then: it is where the last segment stops
    assert {id_: segments[-1].balances_at_end[id_] for id_ in closing} == closing
    numbers = {
        "overage": state.overage,
        "usageInPeriod": state.usage,
        "totalGrantUsage": state.grant_usage,
        "totalAvailableGrantAmount": state.total_available,
    }
    assert {key: numbers[key] for key in numbers if key in expected} == {
        key: expected[key] for key in numbers if key in expected
    }
    if "usageSince" in expected:
        assert state.since == instant(expected["usageSince"])
    if expected.get("unitConfigPreserved"):
        assert state.unit_config == quotas.unit_config(given["startingSnapshot"]["unitConfig"])


def assert_segments(found: BurnDown, expected: Case) -> None:
    segments = found.history.segments
    assert len(segments) == expected.get("segmentCount", len(segments))
    for segment, wanted in zip(segments, expected.get("segments", []), strict=False):
        facts = {
            "from": segment.period.start,
            "to": segment.period.end,
            "totalUsage": segment.usage,
            "overage": segment.overage,
            "overageAtStart": segment.overage_at_start,
            "balanceAtStart": segment.balance_at_start,
            "balanceAtEnd": segment.balance_at_end,
            "balancesAtStart": {id_: segment.balances_at_start[id_] for id_ in wanted.get("balancesAtStart", {})},
            "grantUsages": [
                {"grantId": id_, "usage": usage, "terminationReason": "SEGMENT_TERMINATION"}
                for id_, usage in segment.grant_usages.items()
                if segment.balances_at_end[id_] > 0
            ],
            "usageReset": segment.ends_in_reset,
            "rollover": segment.is_rollover,
        }
        times = {key: instant(wanted[key]) for key in ("from", "to") if key in wanted}
        assert {key: facts[key] for key in wanted} == {**wanted, **times}
    states = list(found.history.snapshots())
    for index, wanted in expected.get("snapshotAtStartOfSegment", {}).items():
        state = states[int(index)]
        assert (state.usage, state.grant_usage) == (wanted["usage"], wanted["totalGrantUsage"])


@pytest.mark.parametrize(("given", "expected"), cases("grants", "engine.run"))
def test_a_run_resumes_from_the_start_of_each_segment(given: Case, expected: Case) -> None:
    if expected.get("error") or "usageRule" in given:
        return
    found = run(given)
    for state, segment in zip(found.history.snapshots(), found.history.segments, strict=True):
        if not segment.is_rollover:
            again = burn_down(found.allowance, state, found.snapshot.at, usage_of(given))
            assert again.snapshot == found.snapshot


@pytest.mark.parametrize(("given", "expected"), cases("grants", "engine.validateSnapshot"))
def test_a_run_needs_a_whole_snapshot(given: Case, expected: Case) -> None:
    def usage(asked: Period) -> Decimal:
        raise AssertionError("usage was queried")

    assert not expected["valid"]
    start = quotas.EPOCH
    if given["usageSnapshot"] is None:
        with pytest.raises(TypeError, match="usage"):
            Snapshot(start, start, {}, ZERO)
        return
    wrong = quotas.snapshot(given["usageSnapshot"])
    with pytest.raises(Invalid, match=expected["errorContains"]):
        burn_down(Allowance(()), wrong, wrong.at + timedelta(hours=1), usage)


@pytest.mark.parametrize(("given", "expected"), cases("grants", "snapshot.save"))
def test_a_kept_snapshot_is_whole(given: Case, expected: Case) -> None:
    assert "incomplete" in expected["errorContains"]
    at = quotas.EPOCH
    with pytest.raises(TypeError, match="usage"):
        Snapshot(at, at, quantities(given["snapshot"]["balances"]), ZERO)


@pytest.mark.parametrize(("given", "expected"), cases("grants", "engine.property")[:1])
def test_a_run_in_two_parts(given: Case, expected: Case) -> None:
    grants = tuple(map(quotas.grant, given["grants"]))
    start, usage = quotas.snapshot(given["startingSnapshot"]), usage_of(given)
    whole = burn_down(Allowance(grants), start, instant(given["until"]), usage)
    half = burn_down(Allowance(grants), start, instant(given["intermediate"]), usage)
    assert burn_down(Allowance(grants), half.snapshot, instant(given["until"]), usage).snapshot == whole.snapshot


@pytest.mark.parametrize(("given", "expected"), cases("grants", "history.chunkByResets"))
def test_history_is_cut_at_resets(given: Case, expected: Case) -> None:
    start, segments = quotas.snapshot(given["startingSnapshot"]), tuple(map(quotas.segment, given["segments"]))
    history = History(start, segments)
    parts = history.by_usage_period()
    for part, wanted in zip(parts, expected["chunks"], strict=True):
        facts = {
            "segments": len(part.segments),
            "totalGrantUsage": part.grant_usage,
            "startUsage": part.start.usage,
            "startUsageSince": part.start.since,
            "startTotalGrantUsage": part.start.grant_usage,
            "firstSegmentIsRollover": part.segments[0].is_rollover,
        }
        since = {"startUsageSince": instant(wanted["startUsageSince"])} if "startUsageSince" in wanted else {}
        assert {key: facts[key] for key in wanted} == {**wanted, **since}
    states = list(history.snapshots())
    for index, wanted in expected.get("snapshotAtStartOfSegment", {}).items():
        state = states[int(index)]
        assert (state.usage, state.grant_usage) == (wanted["usage"], wanted["totalGrantUsage"])


@pytest.mark.parametrize(("given", "expected"), cases("grants", "history.validate"))
def test_history_has_no_gap(given: Case, expected: Case) -> None:
    start, segments = quotas.snapshot(given["startingSnapshot"]), tuple(map(quotas.segment, given["segments"]))
    if expected["valid"]:
        assert History(start, segments).by_usage_period() == []
    else:
        with pytest.raises(ValueError, match=expected["errorContains"]):
            History(start, segments)


@pytest.mark.parametrize(("given", "expected"), cases("grants", "grant.prioritize"))
def test_which_grant_burns_first(given: Case, expected: Case) -> None:
    assert [grant.id for grant in sorted(map(quotas.grant, given["grants"]), key=burn_order)] == expected["order"]


@pytest.mark.parametrize(("given", "expected"), cases("grants", "grant.effectivePeriod"))
def test_when_a_grant_is_active(given: Case, expected: Case) -> None:
    assert quotas.grant(given).active == period(expected)


@pytest.mark.parametrize(("given", "expected"), cases("grants", "grant.activeAt"))
def test_whether_a_grant_is_active(given: Case, expected: Case) -> None:
    assert quotas.grant(given["grant"]).active_at(instant(given["at"])) is expected["active"]


@pytest.mark.parametrize(("given", "expected"), cases("grants", "owner.convertUsage"))
def test_usage_is_converted_without_rounding(given: Case, expected: Case) -> None:
    assert convert(quotas.unit_config(given["unitConfig"]), number(given["raw"])) == number(expected["value"])


@pytest.mark.parametrize(("given", "expected"), cases("grants", "balance.startingSnapshot"))
def test_measurement_begins_with_full_grants(given: Case, expected: Case) -> None:
    state = Snapshot.starting(map(quotas.grant, given["grants"]), instant(given["at"]))
    assert state.balances == expected["balances"]
    assert (state.overage, state.usage, state.grant_usage) == (0, 0, 0)
    assert state.since == instant(expected["usageSince"])


@pytest.mark.parametrize(("given", "expected"), cases("grants", "balance.exactlyForGrants"))
def test_a_snapshot_is_for_exactly_its_grants(given: Case, expected: Case) -> None:
    state = quotas.snapshot({"balances": given["balances"]})
    assert state.is_for(quotas.grant({"id": str(id_)}) for id_ in given["grantIds"]) is expected["match"]


@pytest.mark.parametrize(("given", "expected"), cases("grants", "snapshot.select"))
def test_the_last_snapshot_is_used(given: Case, expected: Case) -> None:
    minutes = {"+1h": 60, "+1h10m": 70, "+1h20m": 80, "+2h": 120}

    def state(wire: Case) -> Snapshot:
        at = (quotas.EPOCH + timedelta(minutes=minutes[wire["at"]])).isoformat()
        return quotas.snapshot({"at": at, "balances": {"grant": wire["balance"]}})

    stored = {wire["id"]: state(wire) for wire in given["snapshots"]}
    kept, selected = dict(stored), []
    for step in given["steps"]:
        verb, id_ = step.split(" ")
        kept = {**kept, id_: stored[id_]} if verb == "re-save" else {k: v for k, v in kept.items() if k != id_}
        found = quotas.latest(kept.values(), quotas.EPOCH + timedelta(minutes=minutes[given["at"]]))
        selected += [id_ for id_, one in kept.items() if one == found]
    assert selected == expected["selectedAfterEachStep"]
