"""Every table of Meterline: importing this module registers them all, for migrations and tests."""

from backend.access import models as access
from backend.catalog import models as catalog
from backend.entitlements import models as entitlements
from backend.infra import audit, clock, outbox
from backend.invoicing import models as invoicing
from backend.payments import models as payments
from backend.subscriptions import models as subscriptions

TABLES = (audit, clock, outbox, access, catalog, entitlements, subscriptions, invoicing, payments)
