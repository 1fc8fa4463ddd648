"""Answers as a table of comma-separated values, for those who ask for `text/csv`."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import Request, Response

CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""What OpenAPI says of a route that can answer a table."""


def prefers_csv(request: Request) -> bool:
    """Whether a table is asked for before JSON."""
    accepted = [kind.split(";")[0].strip().lower() for kind in request.headers.get("accept", "").split(",")]
    return next((kind == "text/csv" for kind in accepted if kind in ("text/csv", "application/json")), False)


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Response:
    """A table as a file to save."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    # the type is given as a header, as only so no charset is added: programs compare it with the one they asked for
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Content-Type": "text/csv"}
    return Response(text.getvalue(), headers=headers)
