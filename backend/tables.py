"""Every table of Meterline: importing this module registers them all, for migrations and tests."""

from backend.access import models as access
from backend.catalog import models as catalog
from backend.costs import models as costs
from backend.customers import models as customers
from backend.entitlements import models as entitlements
from backend.entitlements import reservation_models as reservations
from backend.infra import audit, clock, failures, job_records, outbox
from backend.ingest import models as ingest
from backend.invoicing import correction_models as corrections
from backend.invoicing import models as invoicing
from backend.metering import models as metering
from backend.notifications import models as notifications
from backend.payments import models as payments
from backend.subscriptions import models as subscriptions

TABLES = (
    audit,
    clock,
    outbox,
    failures,
    job_records,
    access,
    customers,
    ingest,
    metering,
    catalog,
    costs,
    entitlements,
    reservations,
    subscriptions,
    invoicing,
    corrections,
    payments,
    notifications,
)
