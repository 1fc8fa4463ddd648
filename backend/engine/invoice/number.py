"""How invoices are numbered before they have a legal number: GATHER-ACME-USD-1, DRAFT-ACME-2."""

import re
import unicodedata

_NOT_A_LETTER = re.compile(r"[^A-Z0-9 ]+")


def customer_code(name: str) -> str:
    """Four letters of a customer's name: two and two of its first two words, or four of its only word.

    Accents are dropped; a name without a usable letter is UNKN. Source: billing spec 6.1.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    words = _NOT_A_LETTER.sub("", ascii_name).split()
    if not words:
        return "UNKN"
    return words[0][:4] if len(words) == 1 else words[0][:2] + words[1][:2]


def gathering_number(customer_name: str, currency: str, sequence: int) -> str:
    """The number of the invoice that gathers a customer's pending lines of one currency."""
    return f"GATHER-{customer_code(customer_name)}-{currency}-{sequence}"


def draft_number(customer_name: str, sequence: int) -> str:
    """The number of an invoice until it is finalised."""
    return f"DRAFT-{customer_code(customer_name)}-{sequence}"
