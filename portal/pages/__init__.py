"""Every page of the portal. A page exists because it is imported, so all modules below are."""

import importlib
import pkgutil

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
