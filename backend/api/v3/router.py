"""Every resource of version 3, in the order of the staircase."""

from fastapi import APIRouter

from backend.api.v3 import addons, customers, events, features, meters, plan_addons, plans

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    meters.router,
    customers.router,
    features.router,
    plans.router,
    addons.router,
    plan_addons.router,
)
