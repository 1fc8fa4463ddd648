"""Quotas that were sold before there were grants keep their amounts."""

from decimal import Decimal

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from backend.entitlements import repository
from backend.infra import migrations
from backend.infra.db import Database
from tests.conftest import Work
from tests.shop import at

START = at("2026-01-15 10:00")
COLUMNS = {
    "id": "01KF0000000000000000000001",
    "namespace": "default",
    "created_at": "2026-01-15 10:00:00.000000",
    "updated_at": "2026-01-15 10:00:00.000000",
    "customer_id": "01KF0000000000000000000002",
    "feature_id": "01KF0000000000000000000003",
    "feature_key": "tokens",
    "kind": "metered",
    "active_from": "2026-01-15 10:00:00.000000",
    "labels": "{}",
    "usage_interval": "P1M",
    "usage_anchor": "2026-01-15 10:00:00.000000",
    "measure_usage_from": "2026-01-15 10:00:00.000000",
    "is_soft_limit": False,
    "preserve_overage_at_reset": False,
    "issue_after_reset": "100.5",
}


def test_a_quota_from_before_grants_gets_one(database: Database, work: Work) -> None:
    config = Config(str(migrations.ROOT / "alembic.ini"))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        names = ", ".join(COLUMNS)
        values = ", ".join("FALSE" if value is False else f"'{value}'" for value in COLUMNS.values())
        connection.execute(text(f"INSERT INTO entitlement ({names}) VALUES ({values})"))
    migrations.upgrade(database)
    with work(writing=False) as ctx:
        (grant,) = repository.grants_of(ctx, COLUMNS["id"])
        assert grant.amount == grant.min_rollover == grant.max_rollover == Decimal("100.5")
        assert (grant.effective_at, grant.priority, grant.annotations) == (START, 1, {"issueAfterReset": True})
