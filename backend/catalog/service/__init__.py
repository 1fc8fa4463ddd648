"""The use cases of the catalog: `features`, `plans` and their publication, and removing a meter that nothing needs."""

from backend.catalog.service.meters import delete_meter, update_meter

__all__ = ["delete_meter", "update_meter"]
