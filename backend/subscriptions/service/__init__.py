"""The use cases of subscriptions: create, edit, add-ons, change, end, remove, read, and removing a customer."""

from backend.subscriptions.service.addon_change import AddonLeft, left_behind
from backend.subscriptions.service.addons import (
    BoughtAddon,
    addon_of,
    addons_of,
    buy_addon,
    change_addon,
    check_addon,
    offered_addons,
)
from backend.subscriptions.service.cancel import cancel, delete, unschedule_cancelation
from backend.subscriptions.service.change import change, check_change, migrate, restore
from backend.subscriptions.service.create import check, create
from backend.subscriptions.service.customers import delete_customer
from backend.subscriptions.service.edit import edit
from backend.subscriptions.service.offer import newer_version
from backend.subscriptions.service.outline import ItemOutline, PhaseOutline, SubscriptionOutline, outlines
from backend.subscriptions.service.read import (
    billing_period,
    count_by_feature,
    count_by_plan,
    current,
    customers_with,
    detail,
    get,
    list_for_customer,
    list_subscriptions,
    of_customer,
    status_of,
)
from backend.subscriptions.service.recurring import monthly_recurring
from backend.subscriptions.terms import (
    AddonChange,
    AddonPurchase,
    CustomPlan,
    ItemAddition,
    Migration,
    Moment,
    PhaseAddition,
    PlanChange,
    SubscriptionEdit,
    SubscriptionFilter,
    SubscriptionInput,
    Timing,
)
from backend.subscriptions.view import BillingView, SoldItem, view

__all__ = [
    "AddonChange",
    "AddonLeft",
    "AddonPurchase",
    "BillingView",
    "BoughtAddon",
    "CustomPlan",
    "ItemAddition",
    "ItemOutline",
    "Migration",
    "Moment",
    "PhaseAddition",
    "PhaseOutline",
    "PlanChange",
    "SoldItem",
    "SubscriptionEdit",
    "SubscriptionFilter",
    "SubscriptionInput",
    "SubscriptionOutline",
    "Timing",
    "addon_of",
    "addons_of",
    "billing_period",
    "buy_addon",
    "cancel",
    "change",
    "change_addon",
    "check",
    "check_addon",
    "check_change",
    "count_by_feature",
    "count_by_plan",
    "create",
    "current",
    "customers_with",
    "delete",
    "delete_customer",
    "detail",
    "edit",
    "get",
    "left_behind",
    "list_for_customer",
    "list_subscriptions",
    "migrate",
    "monthly_recurring",
    "newer_version",
    "of_customer",
    "offered_addons",
    "outlines",
    "restore",
    "status_of",
    "unschedule_cancelation",
    "view",
]
