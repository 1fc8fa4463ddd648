"""Every table of Meterline: importing this module registers them all, for migrations and tests."""

from backend.infra import audit, clock, outbox

TABLES = (audit, clock, outbox)
