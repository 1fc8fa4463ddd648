"""The use cases of subscriptions: create, cancel, continue, remove, read, and removing a customer."""

from backend.subscriptions.service.cancel import cancel, delete, unschedule_cancelation
from backend.subscriptions.service.create import create
from backend.subscriptions.service.customers import delete_customer
from backend.subscriptions.service.read import (
    billing_period,
    count_by_feature,
    count_by_plan,
    current,
    detail,
    get,
    list_for_customer,
    list_subscriptions,
    status_of,
)
from backend.subscriptions.terms import Moment, SubscriptionFilter, SubscriptionInput, Timing
from backend.subscriptions.view import BillingView, SoldItem, view

__all__ = [
    "BillingView",
    "Moment",
    "SoldItem",
    "SubscriptionFilter",
    "SubscriptionInput",
    "Timing",
    "billing_period",
    "cancel",
    "count_by_feature",
    "count_by_plan",
    "create",
    "current",
    "delete",
    "delete_customer",
    "detail",
    "get",
    "list_for_customer",
    "list_subscriptions",
    "status_of",
    "unschedule_cancelation",
    "view",
]
