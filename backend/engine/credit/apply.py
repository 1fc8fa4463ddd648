"""Credits pay rows in order: the first credit first, the first row first, until one of them runs out."""

from dataclasses import replace

from backend.engine.exact import exact
from backend.engine.rate.lines import Credit, DetailedLine
from backend.errors import Invalid, Issue


@exact()
def apply_credits(credits_: tuple[Credit, ...], rows: list[DetailedLine]) -> list[DetailedLine]:
    """Set credits against the rows with something left to pay (billing spec 4.2, step 7).

    Credit that finds nothing to pay raises Invalid: whoever allotted it took too much.
    """
    left = [credit for credit in credits_ if credit.amount > 0]
    if not left:
        return rows
    paid = []
    for row in rows:
        owed = row.totals.total
        used: list[Credit] = []
        while left and owed > 0:
            part = min(left[0].amount, owed)
            used.append(replace(left[0], amount=part))
            owed -= part
            left[0] = replace(left[0], amount=left[0].amount - part)
            left = left if left[0].amount > 0 else left[1:]
        paid.append(replace(row, credits=(*row.credits, *used)) if used else row)
    if left:
        message = "More credit was set against the line than it costs."
        raise Invalid(message, issues=[Issue("credits", "invoice_line_credits_not_consumed_fully", message)])
    return paid
