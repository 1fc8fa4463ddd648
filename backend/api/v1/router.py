"""Every resource of version 1, in the order of the staircase."""

from fastapi import APIRouter

from backend.api.v1.routes import (
    addons,
    api_keys,
    apps,
    audit,
    billing_profiles,
    clock,
    customers,
    entitlements,
    events,
    features,
    invoices,
    meters,
    namespaces,
    plan_addons,
    plans,
    reservations,
    subjects,
    subscriptions,
)

ROUTERS: tuple[APIRouter, ...] = (
    namespaces.router,
    api_keys.router,
    clock.router,
    audit.router,
    events.router,
    meters.router,
    subjects.router,
    customers.router,
    features.router,
    plans.router,
    addons.router,
    plan_addons.router,
    entitlements.router,
    reservations.router,
    subscriptions.router,
    apps.router,
    apps.related,
    billing_profiles.router,
    invoices.router,
    invoices.pending,
)
