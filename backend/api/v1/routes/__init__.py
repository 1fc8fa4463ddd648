"""One file per resource: read the request, call the service, translate the answer."""
