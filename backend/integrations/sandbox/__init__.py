"""The sandbox app: issues invoices without telling anybody, and they are paid at once."""

from backend.integrations.sandbox.app import SandboxApp

__all__ = ["SandboxApp"]
