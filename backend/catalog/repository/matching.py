"""Conditions that several queries of the catalog share."""

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Mapped


def contains(text: str, *columns: Mapped[str]) -> ColumnElement[bool]:
    """Whether one of the columns contains the text, in any case."""
    return or_(*(column.icontains(text, autoescape=True) for column in columns))
