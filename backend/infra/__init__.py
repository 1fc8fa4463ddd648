"""The ground everything stands on: settings, database, unit of work, outbox, logs and metrics."""
