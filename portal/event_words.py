"""What is said about an event: what it counts for, or why it does not, in words that lead to the remedy."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.engine.meter.extract import BadValue, Measured
from backend.metering.service import Uncounted
from portal.formatting import ago, quantity

SOON = timedelta(minutes=5)


def status_of(problems: Sequence[str]) -> str:
    """`counted`; `no_customer` when only the payer is missing; else `not_counted`."""
    if not problems:
        return "counted"
    return "no_customer" if all(problem.startswith(Uncounted.NO_CUSTOMER) for problem in problems) else "not_counted"


def sentence(problem: str) -> str:
    """A problem as a sentence: `no meter found for event type: x` becomes `No meter counts this type.`"""
    if problem.startswith(Uncounted.NO_METER):
        return "No meter counts this type."
    if problem.startswith(Uncounted.NO_CUSTOMER):
        return "No customer has this subject."
    text = problem.removeprefix(f"{Uncounted.BAD_VALUE}: ").replace("parsed as float64", "read as a number")
    return f"{text[:1].upper()}{text[1:]}."


def lateness(happened: datetime, stored: datetime) -> str:
    """How long after it happened an event arrived, if anybody would notice: `3 days later`."""
    if stored - happened < SOON:
        return ""
    return ago(happened, stored).removesuffix(" ago") + " later"


def worth(result: Measured | BadValue) -> str:
    """What an event is worth to a meter, or why it is worth nothing."""
    if isinstance(result, BadValue):
        return sentence(result.reason)
    return result.value if isinstance(result.value, str) else quantity(result.value)


def dimensions(result: Measured | BadValue) -> str:
    """What an event's usage can be broken down by: `model = gpt-4, region = eu`; empty when it does not count."""
    if isinstance(result, BadValue):
        return ""
    return ", ".join(f"{name} = {text or 'nothing'}" for name, text in result.groups.items())
