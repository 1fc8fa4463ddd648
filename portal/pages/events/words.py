"""What is said about an event that does not count, in words that lead to the remedy."""

from collections.abc import Sequence

NO_METER = "no meter found"
NO_CUSTOMER = "no customer found"
BAD_VALUE = "invalid event: "


def status_of(problems: Sequence[str]) -> str:
    """`counted`; `no_customer` when only the payer is missing; else `not_counted`."""
    if not problems:
        return "counted"
    return "no_customer" if all(problem.startswith(NO_CUSTOMER) for problem in problems) else "not_counted"


def sentence(problem: str) -> str:
    """A problem as a sentence: `no meter found for event type: x` becomes `No meter counts this type.`"""
    if problem.startswith(NO_METER):
        return "No meter counts this type."
    if problem.startswith(NO_CUSTOMER):
        return "No customer has this subject."
    text = problem.removeprefix(BAD_VALUE).replace("parsed as float64", "read as a number")
    return f"{text[:1].upper()}{text[1:]}."
