"""Durations, recurrences, service periods and collection dates are those of OpenMeter's own tests."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.engine.invoice import gather
from backend.engine.period import Period
from backend.engine.recurrence import Duration, Recurrence, divides, interval
from backend.engine.subscribe.schedule import schedule
from backend.engine.subscribe.view import ItemView, PhaseView, SubscriptionView
from backend.engine.usage_period import FORGOTTEN, Start, UsagePeriods
from backend.errors import Invalid
from tests.engine import prices
from tests.engine.vectors import Case, cases, instant, period


def recurrence(wire: Case) -> Recurrence:
    return Recurrence(interval(wire["interval"]), instant(wire["anchor"]))


@pytest.mark.parametrize(("given", "expected"), cases("periods", "add_duration"))
def test_adding_a_duration(given: Case, expected: str) -> None:
    assert Duration.parse(given["duration"]).after(instant(given["start"])) == instant(expected)


@pytest.mark.parametrize(("given", "expected"), cases("periods", "duration_divisible_by"))
def test_a_duration_divides_another(given: Case, expected: bool) -> None:
    assert divides(Duration.parse(given["smaller"]), Duration.parse(given["larger"])) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [*cases("periods", "recurrence_next_after"), *cases("recurrence", "recurrence.nextAfter")],
)
def test_the_next_occurrence(given: Case, expected: str | Case) -> None:
    wanted = expected if isinstance(expected, str) else expected["time"]
    inclusive = given["boundary"].lower() == "inclusive"
    rhythm = recurrence(given.get("recurrence", given))
    assert rhythm.next_after(instant(given["at"]), inclusive=inclusive) == instant(wanted)


@pytest.mark.parametrize(
    ("given", "expected"),
    [*cases("periods", "recurrence_prev_before"), *cases("recurrence", "recurrence.prevBefore")],
)
def test_the_previous_occurrence(given: Case, expected: str | Case) -> None:
    wanted = expected if isinstance(expected, str) else expected["time"]
    inclusive = given["boundary"].lower() == "inclusive"
    rhythm = recurrence(given.get("recurrence", given))
    assert rhythm.prev_before(instant(given["at"]), inclusive=inclusive) == instant(wanted)


@pytest.mark.parametrize(
    ("given", "expected"),
    [*cases("periods", "recurrence_period_at"), *cases("recurrence", "recurrence.periodAt")],
)
def test_the_period_around_an_instant(given: Case, expected: Case) -> None:
    assert recurrence(given.get("recurrence", given)).period_at(instant(given["at"])) == period(expected)


def usage_periods(given: Case) -> UsagePeriods:
    zone = ZoneInfo(given.get("timeZone", "UTC"))
    starts = [
        Start(instant(one["time"]), Recurrence(interval(one["interval"]), instant(one["anchor"]).astimezone(zone)))
        for one in given["recurrences"]
    ]
    return UsagePeriods(tuple(starts))


@pytest.mark.parametrize(("given", "expected"), cases("recurrence", "usagePeriod.currentPeriod"))
def test_the_current_usage_period(given: Case, expected: Case) -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC) if given["at"].startswith("any time") else instant(given["at"])
    assert usage_periods(given).at(at) == period(expected)


@pytest.mark.parametrize(("given", "expected"), cases("recurrence", "usagePeriod.resetTimeline"))
def test_when_a_quota_starts_anew(given: Case, expected: Case) -> None:
    resets = usage_periods(given).resets(period(given["query"]))
    if "times" in expected:
        assert resets == [instant(time) for time in expected["times"]]
    else:
        assert (len(resets), resets[0]) == (expected["count"], instant(expected["first"]))


@pytest.mark.parametrize(("given", "expected"), cases("recurrence", "usagePeriod.validate"))
def test_usage_periods_need_a_recurrence_and_an_anchor(given: Case, expected: Case) -> None:
    assert expected == {"valid": False}
    start = datetime(2025, 1, 1, tzinfo=UTC)
    wire = given["recurrence"]
    starts = (Start(start, Recurrence(interval(wire["interval"]), FORGOTTEN)),) if wire else ()
    with pytest.raises(Invalid):
        UsagePeriods(starts)


def subscription(given: Case) -> SubscriptionView:
    start = instant(given["subscriptionStart"])
    end = instant(given["subscriptionEnd"]) if given["subscriptionEnd"] else None

    def offset(text: str | None) -> datetime | None:
        return None if text is None else Duration.parse(text).after(start)

    versions: dict[str, int] = {}
    items = []
    for wire in given["items"]:
        version = versions[wire["key"]] = versions.get(wire["key"], -1) + 1
        cadence = Duration.parse(wire["billingCadence"]) if wire["billingCadence"] else None
        price = prices.price({"amount": "1", **wire["price"]}) if wire["price"] else None
        active_from = offset(wire["activeFromOffset"]) or start
        items.append(ItemView(wire["key"], version, active_from, offset(wire["activeToOffset"]), cadence, price))
    phase_end = instant(given["phaseEnd"]) if given["phaseEnd"] else None
    return SubscriptionView(
        id="subID",
        active_from=start,
        active_to=end,
        billing_anchor=offset(given["billingAnchorOffsetFromStart"]) or start,
        billing_cadence=Duration.parse(given["billingCadence"] or "P1M"),
        phases=(PhaseView("phase-test", start, phase_end, tuple(items)),),
    )


@pytest.mark.parametrize(("given", "expected"), cases("periods", "subscription_item_periods"))
def test_the_lines_of_a_subscription(given: Case, expected: list[Case]) -> None:
    lines = schedule(subscription(given), instant(given["generateUntil"]))
    assert [(line.reference, line.service_period, line.full_service_period, line.billing_period) for line in lines] == [
        (want["uniqueId"], *map(period, (want["servicePeriod"], want["fullServicePeriod"], want["billingPeriod"])))
        for want in expected
    ]


def anchored(alignment: Case) -> Recurrence | None:
    return recurrence(alignment["recurringPeriod"]) if alignment["type"] == "anchored" else None


@pytest.mark.parametrize(("given", "expected"), cases("periods", "gathering_next_collection_at"))
def test_when_pending_lines_are_collected(given: Case, expected: str | None) -> None:
    found = gather.next_collection_at(map(instant, given["lineInvoiceAts"]), anchored(given["collection"]["alignment"]))
    assert found == (instant(expected) if expected else None)


@pytest.mark.parametrize(("given", "expected"), cases("periods", "pending_lines_cutoff"))
def test_up_to_when_lines_are_billed(given: Case, expected: str) -> None:
    rhythm = None if given["bypassCollectionAlignment"] else anchored(given["alignment"])
    assert gather.cutoff(instant(given["asOf"]), rhythm) == instant(expected)


@pytest.mark.parametrize(("given", "expected"), cases("periods", "standard_invoice_collection_at"))
def test_how_long_an_invoice_waits_for_late_usage(given: Case, expected: str | None) -> None:
    lines = [
        gather.CollectedLine(
            instant(wire["invoiceAt"]),
            wire["metered"],
            wire["overrideCollectionPeriodEnd"] and instant(wire["overrideCollectionPeriodEnd"]),
        )
        for wire in given["lines"]
        if not wire["deleted"]
    ]
    found = gather.collection_at(lines, Duration.parse(given["collectionInterval"]))
    assert found == (instant(expected) if expected else None)


def test_far_anchors_are_found_at_once() -> None:
    rhythm = Recurrence(Duration.parse("PT1H"), datetime(1900, 1, 1, tzinfo=UTC))
    at = datetime(2500, 6, 1, 12, 30, tzinfo=UTC)
    assert rhythm.period_at(at) == Period(at - timedelta(minutes=30), at + timedelta(minutes=30))
