"""What is left to book: the rows of a rating less the rows booked before, unit price by unit price."""

from collections.abc import Callable, Iterable

from backend.engine.charge.booked import BookedRow

Key = tuple[str, str, str]


def subtract(
    current: Iterable[BookedRow], booked: Iterable[BookedRow], name_reversal: Callable[[BookedRow], str]
) -> list[BookedRow]:
    """Rows that bring what is booked up to the current rating; rows without any money are left out.

    Rows are the same when reference, category, payment term and unit price are. A row at another unit price is charged
    in full and the booked one is taken back, under the reference that the caller names. Ordered by reference, then
    unit price. Source: billing spec 4.7.
    """
    wanted, present = _summed(current), _summed(booked)
    left: list[BookedRow] = []
    for key in sorted({*wanted, *present}):
        changes = _changes(wanted.get(key, []), present.get(key, []), name_reversal)
        left += sorted((row for row in changes if not row.totals.is_zero), key=lambda row: row.per_unit_amount)
    return left


def _changes(
    wanted: list[BookedRow], present: list[BookedRow], name_reversal: Callable[[BookedRow], str]
) -> list[BookedRow]:
    before = {row.per_unit_amount: row for row in present}
    now = {row.per_unit_amount for row in wanted}
    kept = [row.minus(before[row.per_unit_amount]) if row.per_unit_amount in before else row for row in wanted]
    gone = [row.reversed(name_reversal(row)) for row in present if row.per_unit_amount not in now]
    return [*kept, *gone]


def _summed(rows: Iterable[BookedRow]) -> dict[Key, list[BookedRow]]:
    """The rows by what they are for, those of the same unit price added up into the first of them."""
    groups: dict[Key, list[BookedRow]] = {}
    for row in rows:
        group = groups.setdefault((row.price_reference, row.category.value, row.payment_term.value), [])
        for index, other in enumerate(group):
            if other.per_unit_amount == row.per_unit_amount:
                group[index] = other.plus(row)
                break
        else:
            group.append(row)
    return groups
