"""What the price linter says of rate cards that are being written, each remark where it belongs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import reflex as rx

from backend.catalog.lint import Finding

_CARD = re.compile(r".*rateCards\[\d+\]")


@dataclass(frozen=True)
class Advice:
    """A remark, and the place that it is about."""

    place: str
    text: str


def worth_saying(findings: Iterable[Finding], problems: Mapping[str, str]) -> list[Advice]:
    """What the linter found, without what it found in numbers that are not there yet."""
    return [Advice(found.field, found.message) for found in findings if not _is_unfinished(found.field, problems)]


def about(advice: Iterable[Advice], place: str) -> list[str]:
    """The remarks about a place and everything in it."""
    return [said.text for said in advice if said.place == place or said.place.startswith(f"{place}.")]


def remarks(texts: rx.Var) -> rx.Component:
    """Remarks, one under the other; none of them keeps anything from being published."""
    return rx.el.ul(rx.foreach(texts, _remark), class_name="ml-plain-list", custom_attrs={"data-testid": "advice"})


def _remark(text: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.icon("lightbulb", size=14, flex_shrink="0", margin_top="2px", aria_hidden="true"),
        rx.text(text, size="2", as_="span"),
        style={"display": "flex", "gap": "8px", "color": "var(--amber-11)", "padding": "3px 0"},
    )


def _is_unfinished(place: str, problems: Mapping[str, str]) -> bool:
    card = _CARD.match(place)
    return any(card is None or problem.startswith(card[0]) for problem in problems)
