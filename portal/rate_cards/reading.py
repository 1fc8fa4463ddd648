"""Reads the form of a rate card into terms; what cannot be read is named at its field.

The places of problems are those of the catalog's own issues (`rateCards[1].price.amount`), so that both appear at the
same fields.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from backend.catalog.models import RateCardKind
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.convert import Operation, Rounding, UnitConfig
from backend.engine.exact import ZERO, quotient
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Dynamic,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Price,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import Duration
from backend.errors import Invalid
from portal.keys import key_problem, name_problem
from portal.rate_cards.form import CONVERTIBLE, FREE, NO_GRANT, CardForm, TierForm

MOST_DIGITS = 20
MOST_PLACES = 15
LONGEST_UNIT = 64
NOT_A_NUMBER = "Write a number, such as 1000 or 0.002."
_STRIPE_CODE = re.compile(r"txcd_\d{8}")


class Taxed(Protocol):
    """A form with a choice of tax and a code of Stripe."""

    @property
    def tax(self) -> str: ...

    @property
    def tax_code(self) -> str: ...


@dataclass(slots=True)
class FieldReader:
    """Reads texts as numbers and durations, and remembers what was wrong where."""

    problems: dict[str, str] = field(default_factory=dict)

    def say(self, place: str, problem: str) -> None:
        """Remember the first problem of a place; an empty one is none."""
        if problem:
            self.problems.setdefault(place, problem)

    def duration(self, place: str, text: str) -> Duration | None:
        """An ISO 8601 duration."""
        try:
            return Duration.parse(text)
        except (Invalid, InvalidOperation):
            self.say(place, "Write a whole number, such as 14.")
            return None

    def optional(self, place: str, text: str) -> Decimal | None:
        """A number, or nothing."""
        return self.number(place, text) if text.strip() else None

    def number(self, place: str, text: str) -> Decimal:
        """A number as people write it, with commas or spaces between its thousands."""
        try:
            number = Decimal(text.strip().replace(",", "").replace(" ", ""))
        except InvalidOperation:
            self.say(place, NOT_A_NUMBER)
            return ZERO
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or number.adjusted() >= MOST_DIGITS or exponent < -MOST_DIGITS:
            self.say(place, f"Write a number with at most {MOST_DIGITS} digits before and after the point.")
            return ZERO
        return number

    def tax(self, place: str, form: Taxed, known: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """How something is taxed; what is known of it besides stays. `place` is that of Stripe's code."""
        code, kept = form.tax_code.strip(), dict(known)
        if code and not _STRIPE_CODE.fullmatch(code):
            self.say(place, "A tax code of Stripe is txcd_ and eight digits, such as txcd_10103001.")
        stripe = kept.get("stripe") or {}
        if (form.tax, code) != (kept.get("behavior") or "", stripe.get("code", "")):
            kept |= {"behavior": form.tax or None, "stripe": {**stripe, "code": code} if code else None}
        return kept if any(value is not None for value in kept.values()) else None


class CardReader(FieldReader):
    """Reads rate cards."""

    def card(self, form: CardForm, place: str, known: RateCardTerms | None) -> RateCardTerms:
        """The terms of a rate card; `known` is the stored one, which keeps what the form does not show."""
        self.say(f"{place}.name", name_problem(form.name))
        self.say(f"{place}.featureKey" if not form.is_fee else f"{place}.key", _which(form))
        cadence = self.duration(f"{place}.billingCadence", form.cadence) if form.cadence else None
        if cadence is None and form.model not in ("flat", FREE):
            self.say(f"{place}.billingCadence", "Usage is billed again and again: choose how often.")
        written = {
            "key": form.key,
            "name": form.name.strip(),
            "kind": _kind(form, known),
            "price": self._price(form, f"{place}.price"),
            "billing_cadence": cadence,
            "unit_config": self._unit_config(form, f"{place}.unitConfig"),
            "commitment": self._commitment(form, f"{place}.price"),
            "discounts": self._discounts(form, f"{place}.discounts"),
            "feature_key": None if form.is_fee else form.key,
            "entitlement": self._grant(form, f"{place}.entitlementTemplate", known),
            "tax_config": self.tax(f"{place}.taxConfig.stripe.code", form, (known and known.tax_config) or {}),
        }
        return replace(known, **written) if known else RateCardTerms(**written)

    def _price(self, form: CardForm, place: str) -> Price | None:
        amount = f"{place}.{'multiplier' if form.model == 'dynamic' else 'amount'}"
        match form.model:
            case "flat":
                return Flat(self.number(amount, form.amount), PaymentTerm(form.term))
            case "unit":
                return Unit(quotient(self.number(amount, form.amount), Decimal(form.per)))
            case "package":
                size = self.number(f"{place}.quantityPerPackage", form.size)
                return Package(self.number(amount, form.amount), size)
            case "graduated" | "volume":
                model = Graduated if form.model == "graduated" else Volume
                return model(self._tiers(f"{place}.tiers", form.tiers))
            case "dynamic":
                return Dynamic(self.number(amount, form.amount))
            case _:
                return None

    def _unit_config(self, form: CardForm, place: str) -> UnitConfig | None:
        if form.convert == "" or form.model not in CONVERTIBLE:
            return None
        if len(form.display_unit) > LONGEST_UNIT:
            self.say(f"{place}.displayUnit", f"A unit has at most {LONGEST_UNIT} characters.")
        return UnitConfig(
            Operation(form.convert),
            self.number(f"{place}.conversionFactor", form.factor),
            Rounding(form.rounding),
            self._places(f"{place}.precision", form.precision),
            form.display_unit.strip() or None,
        )

    def _places(self, place: str, text: str) -> int:
        count = self.optional(place, text) or ZERO
        if count not in range(MOST_PLACES + 1):
            self.say(place, f"Write a whole number from 0 to {MOST_PLACES}.")
            return 0
        return int(count)

    def _tiers(self, place: str, tiers: Iterable[TierForm]) -> tuple[Tier, ...]:
        return tuple(
            Tier(
                self.optional(f"{place}[{n}].upToAmount", tier.up_to),
                flat=self.optional(f"{place}[{n}].flatPrice.amount", tier.flat),
                unit=self.optional(f"{place}[{n}].unitPrice.amount", tier.unit),
            )
            for n, tier in enumerate(tiers)
        )

    def _commitment(self, form: CardForm, place: str) -> Commitment:
        if form.model in ("flat", FREE):
            return Commitment()
        return Commitment(
            self.optional(f"{place}.minimumAmount", form.minimum),
            self.optional(f"{place}.maximumAmount", form.maximum),
        )

    def _discounts(self, form: CardForm, place: str) -> Discounts:
        if form.model == FREE:
            return Discounts()
        percent = self.optional(f"{place}.percentage.percentage", form.percent)
        free = self.optional(f"{place}.usage.quantity", form.free_units) if form.model != "flat" else None
        return Discounts(
            percentage=None if percent is None else PercentageDiscount(percent),
            usage=None if not free else UsageDiscount(free),
        )

    def _grant(self, form: CardForm, place: str, known: RateCardTerms | None) -> EntitlementTemplate | None:
        template = known.entitlement if known else None
        match NO_GRANT if form.is_fee else form.grant:
            case "boolean":
                return template if isinstance(template, BooleanTemplate) else BooleanTemplate()
            case "static":
                kept = template if isinstance(template, StaticTemplate) else StaticTemplate("{}")
                return replace(kept, config=form.config)
            case "metered":
                kept_quota = template if isinstance(template, MeteredTemplate) else MeteredTemplate()
                return replace(
                    kept_quota,
                    issue_after_reset=self.optional(f"{place}.issueAfterReset", form.quota),
                    is_soft_limit=form.is_soft,
                    preserve_overage_at_reset=form.carries_overage,
                    usage_period=self._quota_period(form, f"{place}.usagePeriod", kept_quota),
                )
            case _:
                return None

    def _quota_period(self, form: CardForm, place: str, kept: MeteredTemplate) -> Duration | None:
        """A quota that follows the billing cadence stays without a period of its own."""
        if kept.usage_period is None and form.quota_period == form.cadence:
            return None
        return self.duration(place, form.quota_period)


def _which(form: CardForm) -> str:
    return key_problem(form.key) if form.is_fee else "" if form.key else "Choose a feature."


def _kind(form: CardForm, known: RateCardTerms | None) -> RateCardKind:
    if form.model not in ("flat", FREE):
        return RateCardKind.USAGE_BASED
    return known.kind if known and form.cadence else RateCardKind.FLAT_FEE
