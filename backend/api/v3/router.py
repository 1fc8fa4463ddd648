"""Every resource of version 3, in the order of the staircase."""

from fastapi import APIRouter

from backend.api.v3 import addons, customers, entitlement_access, events, features, llm_cost, meters, plan_addons, plans

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    meters.router,
    customers.router,
    features.router,
    llm_cost.router,
    plans.router,
    addons.router,
    plan_addons.router,
    entitlement_access.router,
)
