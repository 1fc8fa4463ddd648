"""Every resource of version 1, in the order of the staircase."""

from fastapi import APIRouter

from backend.api.v1.routes import api_keys, audit, namespaces

ROUTERS: tuple[APIRouter, ...] = (
    namespaces.router,
    api_keys.router,
    audit.router,
)
