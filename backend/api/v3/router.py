"""Every resource of version 3, in the order of the staircase."""

from fastapi import APIRouter

from backend.api.v3 import customers, events, features, meters

ROUTERS: tuple[APIRouter, ...] = (events.router, meters.router, customers.router, features.router)
