"""Every resource of version 3, in the order of the staircase."""

from fastapi import APIRouter

from backend.api.v3 import (
    addons,
    billing_profiles,
    customer_billing,
    customers,
    entitlement_access,
    events,
    features,
    invoices,
    llm_cost,
    meters,
    plan_addons,
    plans,
    subscription_addons,
    subscriptions,
)

ROUTERS: tuple[APIRouter, ...] = (
    events.way_in,
    events.router,
    meters.router,
    customers.router,
    features.router,
    llm_cost.router,
    plans.router,
    addons.router,
    plan_addons.router,
    entitlement_access.router,
    subscriptions.router,
    subscription_addons.router,
    billing_profiles.router,
    customer_billing.router,
    invoices.router,
)
