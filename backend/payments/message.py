"""What a payment provider's message says, once its adapter has verified and read it."""

from dataclasses import dataclass
from datetime import datetime

from backend.engine.invoice.lifecycle import Trigger


@dataclass(frozen=True, slots=True)
class ProviderMessage:
    """One message: `trigger` is its meaning in the life of the invoice, None when it has none for us.

    `about_issuing` tells a failure to issue the invoice from a failure to collect its payment.
    """

    event_id: str
    event_type: str
    occurred_at: datetime
    trigger: Trigger | None
    invoice_id: str | None
    external_id: str | None
    about_issuing: bool = False
    note: str | None = None
