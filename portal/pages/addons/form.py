"""The add-on builder's form: as the text that stands in its fields, made from an add-on, read into terms again."""

from dataclasses import dataclass, replace

from backend.catalog.addon_rows import AddonVersion
from backend.catalog.models import InstanceType
from backend.catalog.terms import AddonInput, AddonTerms
from portal.keys import key_problem, name_problem
from portal.rate_cards.form import CardForm, card_form
from portal.rate_cards.reading import CardReader

LONGEST_DESCRIPTION = 1024


@dataclass(frozen=True)
class AddonForm:
    """An add-on that is being written."""

    name: str = ""
    key: str = ""
    description: str = ""
    currency: str = "USD"
    instance: str = InstanceType.SINGLE.value
    cards: tuple[CardForm, ...] = ()


@dataclass(frozen=True, slots=True)
class AddonReading:
    """What a form says, and what in it could not be read: place → problem."""

    wanted: AddonInput
    problems: dict[str, str]


def form_of(version: AddonVersion) -> AddonForm:
    """The form of a stored draft."""
    row, terms = version.row, version.terms
    return AddonForm(
        name=terms.name,
        key=row.key,
        description=terms.description or "",
        currency=row.currency,
        instance=terms.instance_type.value,
        cards=tuple(card_form(str(index), card) for index, card in enumerate(terms.rate_cards)),
    )


def read_form(form: AddonForm, base: AddonTerms | None = None) -> AddonReading:
    """The add-on that a form describes. `base` is the stored draft, which keeps what the form does not show."""
    reader = CardReader()
    reader.say("name", name_problem(form.name))
    reader.say("key", key_problem(form.key))
    if len(form.description) > LONGEST_DESCRIPTION:
        reader.say("description", f"A description has at most {LONGEST_DESCRIPTION} characters.")
    written = {
        "name": form.name.strip(),
        "description": form.description.strip() or None,
        "instance_type": InstanceType(form.instance),
        "rate_cards": tuple(
            reader.card(card, f"rateCards[{n}]", base.rate_cards[int(card.source)] if base and card.source else None)
            for n, card in enumerate(form.cards)
        ),
    }
    terms = AddonTerms(**written) if base is None else replace(base, **written)
    return AddonReading(AddonInput(form.key, form.currency, terms), reader.problems)
