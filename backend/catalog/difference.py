"""What changed between two versions of a plan, in words and as structure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.catalog.terms import AddonTerms, PlanTerms, RateCardTerms
from backend.catalog.wording import FIELD_WORDS, addon_fields, card_fields, phase_fields, plan_fields


class Change(StrEnum):
    """What happened to a part of a plan."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: `phase` and `card` are keys, empty where the change is about more; `field` is the wire name.

    `before` and `after` are texts, empty when there was or is nothing. `message` says it as a sentence.
    """

    change: Change
    phase: str
    card: str
    field: str
    before: str
    after: str
    message: str


def plan_differences(before: PlanTerms, after: PlanTerms) -> list[Difference]:
    """Everything that tells the newer terms from the older ones, in the order of the newer; removals come last."""
    return [*_fields("", "", "The plan", plan_fields(before), plan_fields(after)), *_phases(before, after)]


def addon_differences(before: AddonTerms, after: AddonTerms) -> list[Difference]:
    """Everything that tells the newer terms of an add-on from the older ones."""
    fields = _fields("", "", "The add-on", addon_fields(before), addon_fields(after))
    return [*fields, *_cards("", "", before.rate_cards, after.rate_cards)]


def _phases(before: PlanTerms, after: PlanTerms) -> Iterator[Difference]:
    old, new = {phase.key: phase for phase in before.phases}, {phase.key: phase for phase in after.phases}
    for phase in after.phases:
        if phase.key not in old:
            yield _whole(Change.ADDED, phase.key, "", phase.name, f"Phase {phase.name} was added.")
            yield from _cards(phase.key, f" of phase {phase.name}", (), phase.rate_cards)
            continue
        yield from _fields(phase.key, "", f"Phase {phase.name}", phase_fields(old[phase.key]), phase_fields(phase))
        yield from _cards(phase.key, f" of phase {phase.name}", old[phase.key].rate_cards, phase.rate_cards)
    yield from _moved_phases(before, after)
    for phase in before.phases:
        if phase.key not in new:
            yield _whole(Change.REMOVED, phase.key, "", phase.name, f"Phase {phase.name} was removed.")


def _moved_phases(before: PlanTerms, after: PlanTerms) -> Iterator[Difference]:
    old = [phase.key for phase in before.phases]
    new = [phase.key for phase in after.phases]
    kept_old, kept_new = [key for key in old if key in new], [key for key in new if key in old]
    if kept_old != kept_new:
        message = f"The phases follow each other as {', '.join(kept_new)}; before: {', '.join(kept_old)}."
        yield Difference(Change.MOVED, "", "", "phases", ", ".join(kept_old), ", ".join(kept_new), message)


def _cards(
    phase: str, where: str, before: Sequence[RateCardTerms], after: Sequence[RateCardTerms]
) -> Iterator[Difference]:
    old, new = {card.key: card for card in before}, {card.key: card for card in after}
    for card in after:
        if card.key in old:
            subject = f"{card.name}{where}"
            yield from _fields(phase, card.key, subject, card_fields(old[card.key]), card_fields(card))
        else:
            yield _whole(Change.ADDED, phase, card.key, card.name, f"Rate card {card.name}{where} was added.")
    for card in before:
        if card.key not in new:
            yield _whole(Change.REMOVED, phase, card.key, card.name, f"Rate card {card.name}{where} was removed.")


def _whole(change: Change, phase: str, card: str, name: str, message: str) -> Difference:
    before, after = ("", name) if change is Change.ADDED else (name, "")
    return Difference(change, phase, card, "", before, after, message)


def _fields(
    phase: str, card: str, subject: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Difference]:
    """The fields that differ, each with a sentence such as `Tokens of phase Main: price was …, is now …`."""
    for field in after:
        old, new = before[field], after[field]
        if old == new:
            continue
        change = Change.CHANGED if old and new else Change.ADDED if new else Change.REMOVED
        words = FIELD_WORDS.get(field, f"the {field}")
        message = {
            Change.CHANGED: f"{subject}: {words} was {old}, is now {new}.",
            Change.ADDED: f"{subject}: {words} is new: {new}.",
            Change.REMOVED: f"{subject}: {words} was {old}, is gone.",
        }[change]
        yield Difference(change, phase, card, field, old, new, message)
