"""A value that is asked again and again is the one that a full reading gives, whatever has changed in between."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from backend.catalog.service import meters
from backend.catalog.templates import MeteredTemplate
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.entitle import EntitlementValue
from backend.engine.recurrence import MONTH
from backend.entitlements import reservation_service, service
from backend.entitlements.models import Entitlement
from backend.entitlements.reservation_service import ReservationInput
from backend.entitlements.service import EntitlementInput, grants, snapshots
from backend.entitlements.service.grants import GrantInput
from backend.infra.context import Context
from backend.metering.service import MeterChange
from tests.conftest import Work
from tests.shop import at, customer, tokens_feature, use

D = Decimal
START = at("2026-01-10 09:00")
NOW = at("2026-01-15 10:00:30")
HOUR = timedelta(hours=1)


@pytest.fixture
def quota(work: Work) -> Work:
    """The customer `acme` with its subject `acme-eu` may use 1000 tokens a month, measured for five days."""
    with work(now=START) as ctx:
        tokens, acme = tokens_feature(ctx), customer(ctx, subject_keys=("acme-eu",))
        wanted = EntitlementInput(acme.id, tokens, MeteredTemplate(D(1000)), START, usage_period=MONTH)
        service.create(ctx, wanted)
        use(ctx, START + HOUR, 10)
    return work


def entitlement(ctx: Context) -> Entitlement:
    [found] = service.active(ctx, customers.get(ctx, "acme"))
    return found


def values(work: Work) -> tuple[EntitlementValue, EntitlementValue]:
    """The value as it is asked again and again, and as it is read in full."""
    with work(now=NOW, writing=False) as ctx:
        return service.value_now(ctx, "acme", "tokens"), service.value(ctx, customers.get(ctx, "acme"), "tokens")


def grant(ctx: Context) -> None:
    grants.create(ctx, entitlement(ctx), GrantInput(D(50), NOW - HOUR))


def void(ctx: Context) -> None:
    [own] = grants.list_grants(ctx, grants.GrantFilter(entitlement_id=entitlement(ctx).id, limit=1))[0]
    grants.void(ctx, own.id, NOW - 2 * HOUR)


def reset(ctx: Context) -> None:
    service.reset(ctx, entitlement(ctx), at=NOW - HOUR)


def keep_state(ctx: Context) -> None:
    assert snapshots.keep(ctx, entitlement(ctx).id)


def use_now(ctx: Context) -> None:
    use(ctx, NOW, "1.5")


def use_late(ctx: Context) -> None:
    use(ctx, START + 2 * HOUR, 7)


def use_by_another_subject(ctx: Context) -> None:
    use(ctx, NOW, 3, subject="acme-eu")


def lose_a_subject(ctx: Context) -> None:
    customers.update(ctx, "acme", CustomerInput("Acme", key="acme"))


def gain_a_subject(ctx: Context) -> None:
    use(ctx, NOW, 5, subject="acme-us")
    customers.update(ctx, "acme", CustomerInput("Acme", key="acme", subject_keys=("acme-eu", "acme-us")))


def regroup(ctx: Context) -> None:
    meters.update_meter(ctx, "tokens", MeterChange(group_by={"region": "$.region"}))


def hold(ctx: Context) -> None:
    reservation_service.reserve(ctx, customers.get(ctx, "acme"), "tokens", ReservationInput(D("0.5"), HOUR))


def end(ctx: Context) -> None:
    service.close(ctx, entitlement(ctx), NOW)


CHANGES: list[Callable[[Context], None]] = [
    grant,
    use_now,
    keep_state,
    use_late,
    hold,
    use_by_another_subject,
    lose_a_subject,
    gain_a_subject,
    regroup,
    void,
    reset,
    end,
]


def test_what_is_remembered_is_never_older_than_the_last_change(quota: Work) -> None:
    seen = [values(quota)[0]]
    for change in CHANGES:
        with quota(now=NOW) as ctx:
            change(ctx)
        for _ in range(2):
            remembered, read = values(quota)
            assert remembered == read, change.__name__
        seen.append(read)
    unchanged = [
        change.__name__ for change, before, after in zip(CHANGES, seen, seen[1:], strict=False) if before == after
    ]
    assert unchanged == ["keep_state", "regroup"]


def test_who_has_no_quota_has_the_plain_answer(quota: Work) -> None:
    with quota(now=NOW, writing=False) as ctx:
        assert not service.value_now(ctx, "acme", "unknown").has_access
    with quota("other", now=NOW) as ctx:
        customer(ctx)
        assert not service.value_now(ctx, "acme", "tokens").has_access
