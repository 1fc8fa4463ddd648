"""Every resource of version 2, in the order of the staircase."""

from fastapi import APIRouter

from backend.api.v2 import entitlements, events, grants

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    entitlements.router,
    entitlements.all_router,
    grants.router,
    grants.all_router,
)
