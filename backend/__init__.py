"""Meterline without its portal: the pure engine, the slices around it, the REST API and the jobs."""
