"""Types: field types that plugins use, under one public name."""

from eyeot.declare.types import (
    Country,
    Currency,
    Email,
    Locale,
    Network,
    Phone,
    Siren,
    Siret,
    Timezone,
    Url,
    VatNumber,
)

__all__ = [
    "Country",
    "Currency",
    "Email",
    "Locale",
    "Network",
    "Phone",
    "Siren",
    "Siret",
    "Timezone",
    "Url",
    "VatNumber",
]
