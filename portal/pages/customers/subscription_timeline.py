"""Draws a subscription on its axis of time, and says what is scheduled."""

from typing import Any

import reflex as rx

from portal.theme import MUTED


def timeline(row: Any) -> rx.Component:
    """Bars for phases and items with today marked; the scheduled changes below it in words."""
    drawing = row.drawing
    return rx.box(
        rx.box(
            rx.foreach(drawing.tracks, _track),
            rx.cond(drawing.today != "", _today(drawing.today), rx.fragment()),
            _ticks(drawing.ticks),
            class_name="ml-schedule",
            role="img",
            aria_label="Timeline: " + drawing.told.to(str),
            custom_attrs={"data-testid": "timeline"},
        ),
        rx.cond(row.ahead.length() > 0, _scheduled(row.ahead), rx.fragment()),
        margin_bottom="22px",
    )


def _track(track: Any) -> rx.Component:
    return rx.box(
        rx.el.span(track.name, class_name="ml-schedule-name"),
        rx.box(rx.foreach(track.bars, _bar), class_name="ml-schedule-track"),
        class_name="ml-schedule-row",
    )


def _bar(bar: Any) -> rx.Component:
    drawn = rx.el.span(
        bar.text,
        title=bar.title,
        class_name="ml-schedule-bar " + bar.time.to(str),
        style={"left": bar.left, "width": bar.width},
    )
    words = rx.el.span(
        bar.beside,
        title=bar.title,
        class_name="ml-schedule-beside",
        style={"left": bar.beside_left, "width": bar.beside_width},
    )
    return rx.fragment(drawn, rx.cond(bar.beside != "", words, rx.fragment()))


def _today(place: Any) -> rx.Component:
    mark = rx.el.span(rx.el.span("Today"), class_name="ml-schedule-today", style={"left": place})
    return rx.box(rx.box(mark, class_name="ml-schedule-track"), class_name="ml-schedule-over")


def _ticks(ticks: Any) -> rx.Component:
    def tick(found: Any) -> rx.Component:
        return rx.el.span(
            found.text, class_name="ml-schedule-tick ml-figures " + found.look.to(str), style={"left": found.left}
        )

    return rx.box(
        rx.el.span("", class_name="ml-schedule-name"),
        rx.box(rx.foreach(ticks, tick), class_name="ml-schedule-track"),
        class_name="ml-schedule-row ml-schedule-dates",
    )


def _scheduled(ahead: Any) -> rx.Component:
    return rx.box(
        rx.text("Scheduled", size="2", weight="medium", margin_bottom="2px"),
        rx.el.ul(
            rx.foreach(ahead, lambda text: rx.el.li(rx.text(text, size="2", color=MUTED))),
            class_name="ml-plain-list",
            aria_label="Scheduled changes",
        ),
        margin_top="14px",
        custom_attrs={"data-testid": "scheduled"},
    )
