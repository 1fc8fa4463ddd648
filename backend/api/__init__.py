"""The REST API: OpenMeter's wire format in front of the services, and nothing else."""
