"""Every resource of version 1, in the order of the staircase."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
