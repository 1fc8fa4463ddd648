"""How the seller and the buyer of an invoice are written in version 3."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from backend.api.v3.customers import Address
from backend.api.v3.wire import SnakeInput


class TaxIdentity(SnakeInput):
    """A tax identification number."""

    code: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class Addresses(SnakeInput):
    """Where somebody can be reached."""

    billing_address: Address


class Supplier(SnakeInput):
    """The seller as an invoice names it."""

    id: str | None = None
    name: str | None = None
    tax_id: TaxIdentity | None = None
    addresses: Addresses | None = None

    def document(self) -> dict[str, Any]:
        """As profiles and invoices keep it, in the words of version 1; the id is given, never taken."""
        kept: dict[str, Any] = {"name": self.name}
        if self.tax_id is not None and self.tax_id.code is not None:
            kept["taxId"] = {"code": self.tax_id.code}
        if self.addresses is not None:
            kept["addresses"] = [address_document(self.addresses.billing_address)]
        return {name: value for name, value in kept.items() if value is not None}


class Party(Supplier):
    """The seller as a profile names it."""

    key: Annotated[str, Field(min_length=1, max_length=256)] | None = None

    def document(self) -> dict[str, Any]:
        """As profiles keep it, in the words of version 1."""
        return super().document() | ({"key": self.key} if self.key is not None else {})


def supplier_to_wire(kept: Mapping[str, Any]) -> Supplier:
    """The seller of an invoice."""
    return Supplier(**_party(kept))


def party_to_wire(kept: Mapping[str, Any]) -> Party:
    """The seller of a profile."""
    return Party(key=kept.get("key"), **_party(kept))


def address_document(address: Address) -> dict[str, str]:
    """An address in the words of version 1."""
    return {_camel(name): text for name, text in address.model_dump(exclude_none=True).items()}


def address_to_wire(kept: Mapping[str, str]) -> Address:
    """An address as version 3 writes it."""
    return Address(**{name: kept[_camel(name)] for name in Address.model_fields if _camel(name) in kept})


def _party(kept: Mapping[str, Any]) -> dict[str, Any]:
    addresses = kept.get("addresses")
    return {
        "id": kept.get("id"),
        "name": kept.get("name"),
        "tax_id": TaxIdentity(**kept["taxId"]) if kept.get("taxId") else None,
        "addresses": Addresses(billing_address=address_to_wire(addresses[0])) if addresses else None,
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
