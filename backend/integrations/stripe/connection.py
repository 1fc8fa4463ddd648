"""The way to Stripe's API, and what its errors mean for an invoice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import stripe

from backend.invoicing.ports import AppIssue, AppRefused, AppUnreachable

TIMEOUT_S = 15
RETRIES = 1


@dataclass(frozen=True, slots=True)
class StripeConnection:
    """Where Stripe is and how to prove who we are; `api_base` is only set for a substitute of Stripe."""

    api_key: str = field(repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    api_base: str | None = None

    @property
    def livemode(self) -> bool:
        """Whether the key moves real money."""
        return self.api_key.startswith(("sk_live_", "rk_live_"))

    @property
    def masked_key(self) -> str:
        """The key as people may see it."""
        return f"{self.api_key[:8]}***{self.api_key[-3:]}"

    def client(self, retries: int = RETRIES) -> stripe.StripeClient:
        """A client that repeats a lost request by itself, under the same idempotency key."""
        return stripe.StripeClient(
            self.api_key,
            base_addresses={"api": self.api_base} if self.api_base else None,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what Stripe's library raises into the two answers of the port.

    No connection, too many requests, a key in use by another request, or a failure inside Stripe: repeat later.
    Everything else is a refusal that somebody has to look at.
    """
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise AppUnreachable(_message(error)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise AppRefused(AppIssue("stripe_unauthorized", f"Stripe refused the API key: {_message(error)}")) from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        code = error.code or "invalid_request"
        raise AppRefused(AppIssue(f"stripe_{code}", f"Stripe: {_message(error)}", error.param or "")) from error
    except stripe.IdempotencyError as error:
        raise AppRefused(AppIssue("stripe_idempotency_error", f"Stripe: {_message(error)}")) from error
    except stripe.StripeError as error:
        in_use = error.http_status == 409
        raise AppUnreachable(_message(error), answered=not in_use) from error


def _message(error: stripe.StripeError) -> str:
    return error.user_message or str(error)
