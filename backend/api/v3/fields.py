"""Where version 3 finds what the rules call by the names of version 1."""

import re

_ELSEWHERE = (
    (re.compile(r"^slug$"), "key"),
    (re.compile(r"^eventFrom$"), "events_from"),
    (re.compile(r"^groupBy$"), "group_by_dimensions"),
    (re.compile(r"^groupBy\."), "dimensions."),
    (re.compile(r"^filterGroupBy\."), "filters.dimensions."),
    (re.compile(r"^meterSlug$"), "meter.id"),
    (re.compile(r"^advancedMeterGroupByFilters\b"), "meter.filters"),
    (re.compile(r"^usageAttribution\.subjectKeys\b"), "usage_attribution.subject_keys"),
    (re.compile(r"^workflow\.invoicing\.dueAfter$"), "workflow.payment.due_after"),
    (re.compile(r"^billingProfileId$"), "billing_profile.id"),
    (re.compile(r"^customerId$"), "customer"),
    (re.compile(r"^(lines\[\d+\])\.period\b"), r"\1.service_period"),
    (re.compile(r"^(lines\[\d+\])\.rateCard\.featureKey\b"), r"\1.rate_card.feature_key"),
    (re.compile(r"\bentitlementTemplate\.issueAfterReset\b"), "entitlement.limit"),
    (re.compile(r"\bentitlementTemplate\b"), "entitlement"),
    (re.compile(r"\bfeatureKey\b"), "feature.id"),
    (re.compile(r"\btaxConfig\.taxCodeId\b"), "tax_config.code.id"),
    (re.compile(r"\bprice\.(minimumAmount|maximumAmount)\b"), r"commitments.\1"),
    (re.compile(r"\bdiscounts\.percentage\.percentage\b"), "discounts.percentage"),
    (re.compile(r"\bdiscounts\.usage\.quantity\b"), "discounts.usage"),
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])[A-Z]")


def field_of(name: str) -> str:
    """`phases[0].rateCards[1].price.minimumAmount` is `phases[0].rate_cards[1].commitments.minimum_amount`."""
    for place, replacement in _ELSEWHERE:
        name = place.sub(replacement, name)
    return _CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", name)
