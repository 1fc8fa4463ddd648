"""Grants, usage, late events, resets and voids in any order: a balance is what the hours make it, one by one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.catalog.templates import MeteredTemplate
from backend.customers import service as customers
from backend.engine.credit.snapshot import Snapshot
from backend.engine.recurrence import Duration
from backend.entitlements import repository, service
from backend.entitlements.service import EntitlementInput, grants, snapshots
from backend.entitlements.service.grants import Expiration, GrantInput, Renewal
from backend.infra import db
from backend.infra.context import Context, unit_of_work
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from tests.databases import SqliteDatabases
from tests.services.quota_oracle import Oracle, OracleGrant, OracleReset
from tests.shop import at, customer, tokens_feature

D = Decimal
START = at("2026-03-01")
HOUR = timedelta(hours=1)
NUMBERS = count()
AMOUNTS = st.integers(1, 60)


class QuotaMachine(RuleBasedStateMachine):
    """One customer with one quota; each run has a namespace of its own."""

    @initialize(days=st.sampled_from([1, 2]), preserve=st.booleans(), issued=st.sampled_from([None, 0, 40]))
    def begin(self, days: int, preserve: bool, issued: int | None) -> None:
        self.namespace, self.now = f"run-{next(NUMBERS)}", START
        self.oracle = Oracle(timedelta(days=days), preserve, [OracleReset(START, START)])
        with self.work() as ctx:
            feature, owner = tokens_feature(ctx), customer(ctx)
            template = MeteredTemplate(None if issued is None else D(issued), preserve_overage_at_reset=preserve)
            wanted = EntitlementInput(owner.id, feature, template, START, usage_period=Duration(days=days))
            self.entitlement_id = service.create(ctx, wanted).id
            for row in repository.grants_of(ctx, self.entitlement_id):
                self.oracle.grants[row.id] = OracleGrant(row.id, 40, START, START, 1, None, 40, 40, None)

    @contextmanager
    def work(self) -> Iterator[Context]:
        with unit_of_work(self.namespace, now=self.now) as ctx:
            yield ctx

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule(amount=AMOUNTS, hours=st.integers(0, 100))
    def use(self, amount: int, hours: int) -> None:
        """Some events come late, some later than a kept state allows for."""
        time = max(START, self.now - hours * HOUR) + (HOUR / 2 if hours else timedelta(0))
        self.oracle.events.append((time, amount))
        event = CloudEvent(str(next(NUMBERS)), "test", "prompt", "acme", time, json.dumps({"tokens": amount}))
        with self.work() as ctx:
            ingest.ingest(ctx, [event])

    @rule(
        amount=AMOUNTS,
        hours=st.integers(-20, 20),
        priority=st.integers(0, 2),
        lasting=st.none() | st.integers(1, 60),
        rollover=st.tuples(st.integers(0, 40), st.integers(0, 40)),
        every=st.none() | st.sampled_from([5, 24]),
    )
    def grant(
        self,
        amount: int,
        hours: int,
        priority: int,
        lasting: int | None,
        rollover: tuple[int, int],
        every: int | None,
    ) -> None:
        effective_at = max(self.now + hours * HOUR, self.oracle.period_start(self.now))
        wanted = GrantInput(
            D(amount),
            effective_at,
            priority,
            None if lasting is None else Expiration("HOUR", lasting),
            D(min(rollover)),
            D(max(rollover)),
            None if every is None else Renewal(Duration(hours=every)),
        )
        with self.work() as ctx:
            row = grants.create(ctx, service.get(ctx, self.entitlement_id), wanted)
        self.oracle.grants[row.id] = OracleGrant(
            row.id,
            amount,
            effective_at,
            self.now,
            priority,
            None if lasting is None else effective_at + lasting * HOUR,
            min(rollover),
            max(rollover),
            None if every is None else every * HOUR,
        )

    @precondition(lambda self: any(grant.voided_at is None for grant in self.oracle.grants.values()))
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        living = sorted(id_ for id_, grant in self.oracle.grants.items() if grant.voided_at is None)
        chosen = living[data.draw(st.integers(0, len(living) - 1))]
        self.oracle.void(chosen, self.now)
        with self.work() as ctx:
            grants.void(ctx, chosen)

    @rule(hours=st.integers(0, 10), keep_anchor=st.booleans(), preserve=st.none() | st.booleans())
    def reset(self, hours: int, keep_anchor: bool, preserve: bool | None) -> None:
        moment = max(self.now - hours * HOUR, self.oracle.period_start(self.now))
        last = self.oracle.resets[-1]
        if moment <= last.at:
            return
        self.oracle.resets.append(OracleReset(moment, last.anchor if keep_anchor else moment, preserve))
        with self.work() as ctx:
            entitlement = service.get(ctx, self.entitlement_id)
            service.reset(ctx, entitlement, at=moment, retain_anchor=keep_anchor, preserve_overage=preserve)

    @rule()
    def keep_a_state(self) -> None:
        with self.work() as ctx:
            snapshots.keep(ctx, self.entitlement_id)

    @invariant()
    def the_balance_is_what_the_hours_make_it(self) -> None:
        if not hasattr(self, "oracle"):
            return
        wanted = self.oracle.state(self.now)
        with self.work() as ctx:
            found = self.state(ctx)
            repository.forget_snapshots(ctx, [self.entitlement_id], START)
            assert self.state(ctx) == found, "kept states change nothing"
            ctx.session.rollback()
        balances = {id_: D(left) for id_, left in wanted.balances.items()}
        assert (found.balances, found.usage, found.overage) == (balances, D(wanted.usage), D(wanted.overage))
        assert found.usage + found.balance + wanted.carried - found.overage == found.total_available

    def state(self, ctx: Context) -> Snapshot:
        entitlement = service.get(ctx, self.entitlement_id)
        return service.balance(ctx, customers.get(ctx, "acme"), entitlement, self.now).snapshot


def test_a_quota_in_any_order_of_events(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url:
        db.use(db.connect(url))
        run_state_machine_as_test(
            QuotaMachine,
            settings=settings(
                max_examples=12, stateful_step_count=14, suppress_health_check=list(HealthCheck), deadline=None
            ),
        )
        db.use(None)
