"""Reads the builder's form into the terms of a plan; what cannot be read is named at its field.

The places of problems are those of the catalog's own issues (`phases[0].rateCards[1].price.amount`), so that both
appear at the same fields.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from backend.catalog.models import RateCardKind
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate, StaticTemplate
from backend.catalog.terms import PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.engine.exact import ONE, ZERO, quotient
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
from backend.engine.recurrence import MONTH, Duration
from backend.errors import Invalid
from portal.keys import key_problem, name_problem
from portal.pages.plans.builder.form import FREE, NO_GRANT, CardForm, PhaseForm, PlanForm, TierForm

MOST_DIGITS = 20
NOT_A_NUMBER = "Write a number, such as 1000 or 0.002."
LONGEST_DESCRIPTION = 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says, and what in it could not be read: place → problem."""

    wanted: PlanInput
    problems: dict[str, str]


def read_form(form: PlanForm, base: PlanTerms | None = None) -> Reading:
    """The plan that a form describes. `base` is the stored draft, which keeps what the form does not show."""
    return _Reader(base).plan(form)


@dataclass(slots=True)
class _Reader:
    base: PlanTerms | None
    problems: dict[str, str] = field(default_factory=dict)

    def plan(self, form: PlanForm) -> Reading:
        self._say("name", name_problem(form.name))
        self._say("key", key_problem(form.key))
        if len(form.description) > LONGEST_DESCRIPTION:
            self._say("description", f"A description has at most {LONGEST_DESCRIPTION} characters.")
        last = len(form.phases) - 1
        phases = tuple(self._phase(phase, f"phases[{n}]", is_last=n == last) for n, phase in enumerate(form.phases))
        cadence = self._duration("billingCadence", form.cadence) or MONTH
        written = {
            "name": form.name.strip(),
            "description": form.description.strip() or None,
            "billing_cadence": cadence,
            "pro_rating_enabled": form.prorates,
            "phases": phases,
        }
        terms = PlanTerms(**written) if self.base is None else replace(self.base, **written)
        return Reading(PlanInput(form.key, form.currency, terms), self.problems)

    def _phase(self, form: PhaseForm, place: str, *, is_last: bool) -> PhaseTerms:
        self._say(f"{place}.name", name_problem(form.name))
        self._say(f"{place}.key", key_problem(form.key))
        written = {
            "key": form.key,
            "name": form.name.strip(),
            "rate_cards": tuple(self.card(card, f"{place}.rateCards[{n}]") for n, card in enumerate(form.cards)),
            "duration": None if is_last else self._lasts(f"{place}.duration", form),
        }
        known = self.base.phases if self.base and form.source else ()
        return replace(known[int(form.source)], **written) if known else PhaseTerms(**written)

    def card(self, form: CardForm, place: str) -> RateCardTerms:
        known = self._known(form.source)
        self._say(f"{place}.name", name_problem(form.name))
        self._say(f"{place}.featureKey" if not form.is_fee else f"{place}.key", self._which(form))
        cadence = self._duration(f"{place}.billingCadence", form.cadence) if form.cadence else None
        if cadence is None and form.model not in ("flat", FREE):
            self._say(f"{place}.billingCadence", "Usage is billed again and again: choose how often.")
        written = {
            "key": form.key,
            "name": form.name.strip(),
            "kind": self._kind(form, known),
            "price": self._price(form, f"{place}.price"),
            "billing_cadence": cadence,
            "commitment": self._commitment(form, f"{place}.price"),
            "discounts": self._discounts(form, f"{place}.discounts"),
            "feature_key": None if form.is_fee else form.key,
            "entitlement": self._grant(form, f"{place}.entitlementTemplate", known),
        }
        return replace(known, **written) if known else RateCardTerms(**written)

    def _known(self, source: str) -> RateCardTerms | None:
        if self.base is None or not source:
            return None
        phase, card = (int(part) for part in source.split("."))
        return self.base.phases[phase].rate_cards[card]

    def _which(self, form: CardForm) -> str:
        return key_problem(form.key) if form.is_fee else "" if form.key else "Choose a feature."

    def _kind(self, form: CardForm, known: RateCardTerms | None) -> RateCardKind:
        if form.model not in ("flat", FREE):
            return RateCardKind.USAGE_BASED
        return known.kind if known and form.cadence else RateCardKind.FLAT_FEE

    def _price(self, form: CardForm, place: str) -> Price | None:
        amount = f"{place}.{'multiplier' if form.model == 'dynamic' else 'amount'}"
        match form.model:
            case "flat":
                return Flat(self._number(amount, form.amount), PaymentTerm(form.term))
            case "unit":
                return Unit(quotient(self._number(amount, form.amount), Decimal(form.per)))
            case "package":
                size = self._number(f"{place}.quantityPerPackage", form.size) or ONE
                return Package(self._number(amount, form.amount), size)
            case "graduated" | "volume":
                model = Graduated if form.model == "graduated" else Volume
                return model(self._tiers(f"{place}.tiers", form.tiers))
            case "dynamic":
                return Dynamic(self._number(amount, form.amount))
            case _:
                return None

    def _tiers(self, place: str, tiers: Iterable[TierForm]) -> tuple[Tier, ...]:
        return tuple(
            Tier(
                self._optional(f"{place}[{n}].upToAmount", tier.up_to),
                flat=self._optional(f"{place}[{n}].flatPrice.amount", tier.flat),
                unit=self._optional(f"{place}[{n}].unitPrice.amount", tier.unit),
            )
            for n, tier in enumerate(tiers)
        )

    def _commitment(self, form: CardForm, place: str) -> Commitment:
        if form.model in ("flat", FREE):
            return Commitment()
        return Commitment(
            self._optional(f"{place}.minimumAmount", form.minimum),
            self._optional(f"{place}.maximumAmount", form.maximum),
        )

    def _discounts(self, form: CardForm, place: str) -> Discounts:
        if form.model == FREE:
            return Discounts()
        percent = self._optional(f"{place}.percentage.percentage", form.percent)
        free = self._optional(f"{place}.usage.quantity", form.free_units) if form.model != "flat" else None
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
                    issue_after_reset=self._optional(f"{place}.issueAfterReset", form.quota),
                    is_soft_limit=form.is_soft,
                    usage_period=self._duration(f"{place}.usagePeriod", form.quota_period),
                )
            case _:
                return None

    def _lasts(self, place: str, form: PhaseForm) -> Duration | None:
        if not form.lasts:
            return None
        return self._duration(place, form.lasts if form.lasts.startswith("P") else f"P{form.lasts}{form.unit}")

    def _duration(self, place: str, text: str) -> Duration | None:
        try:
            return Duration.parse(text)
        except (Invalid, InvalidOperation):
            self._say(place, "Write a whole number, such as 14.")
            return None

    def _optional(self, place: str, text: str) -> Decimal | None:
        return self._number(place, text) if text.strip() else None

    def _number(self, place: str, text: str) -> Decimal:
        try:
            number = Decimal(text.strip().replace(",", "").replace(" ", ""))
        except InvalidOperation:
            self._say(place, NOT_A_NUMBER)
            return ZERO
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or number.adjusted() >= MOST_DIGITS or exponent < -MOST_DIGITS:
            self._say(place, f"Write a number with at most {MOST_DIGITS} digits before and after the point.")
            return ZERO
        return number

    def _say(self, place: str, problem: str) -> None:
        if problem:
            self.problems.setdefault(place, problem)
