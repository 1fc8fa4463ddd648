"""Version 3 of OpenMeter's REST API: snake_case, decimals as text, `filter[...]`, `page[...]` and `sort`."""
