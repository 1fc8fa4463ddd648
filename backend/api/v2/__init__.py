"""Version 2 of OpenMeter's REST API, where it differs from version 1."""
