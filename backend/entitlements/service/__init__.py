"""What can be done with entitlements: grant them, fill their quotas, reset them, and say what they allow now."""

from backend.entitlements.repository import EntitlementFilter, GrantFilter
from backend.entitlements.service import grants, meters, snapshots
from backend.entitlements.service.access import Answer, answers
from backend.entitlements.service.balance import access, balance, value, value_by, value_now, value_of
from backend.entitlements.service.create import EntitlementInput, MeasureFrom, create, feature_in_use, override
from backend.entitlements.service.history import HistoryInput, history
from backend.entitlements.service.read import (
    EntitlementDetail,
    Rhythm,
    active,
    details,
    find,
    find_at,
    get,
    list_entitlements,
    of_subscription,
    unended,
    usage_period,
)
from backend.entitlements.service.reset import reset
from backend.entitlements.service.schedule import close, delete, reschedule, withdraw

__all__ = [
    "Answer",
    "EntitlementDetail",
    "EntitlementFilter",
    "EntitlementInput",
    "GrantFilter",
    "HistoryInput",
    "MeasureFrom",
    "Rhythm",
    "access",
    "active",
    "answers",
    "balance",
    "close",
    "create",
    "delete",
    "details",
    "feature_in_use",
    "find",
    "find_at",
    "get",
    "grants",
    "history",
    "list_entitlements",
    "meters",
    "of_subscription",
    "override",
    "reschedule",
    "reset",
    "snapshots",
    "unended",
    "usage_period",
    "value",
    "value_by",
    "value_now",
    "value_of",
    "withdraw",
]
