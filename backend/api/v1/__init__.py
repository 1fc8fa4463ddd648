"""Version 1 (and the version 2 paths) of the wire format: camelCase, `/api/v1`, `/api/v2`."""
