"""The figures that Prometheus scrapes."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("meterline_requests_total", "Requests answered by the REST API.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "meterline_request_seconds", "Time to answer a request of the REST API.", ["method", "route"]
)
EVENTS = Counter("meterline_events_total", "Usage events received, by what became of them.", ["outcome"])
JOB_RUNS = Counter("meterline_job_runs_total", "Runs of a recurring job, by how they ended.", ["job", "outcome"])
JOB_LAST_RUN = Gauge("meterline_job_last_run_timestamp_seconds", "When a recurring job last ended well.", ["job"])
JOB_SECONDS = Gauge("meterline_job_duration_seconds", "How long the last run of a recurring job took.", ["job"])
JOB_LAG = Gauge(
    "meterline_job_lag_seconds", "How long the oldest thing that is due had waited when a job ended.", ["job"]
)
