"""What a payment provider's message says, once its adapter has verified and read it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """One message: `trigger` is its meaning in the life of the invoice, None when it has none for us."""

    event_id: str
    event_type: str
    occurred_at: datetime
    trigger: str | None
    invoice_id: str | None
    external_id: str | None
    note: str | None = None
