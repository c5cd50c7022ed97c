"""Types: of fields, and of what papers show, that plugins use under one public name."""

from eyeot.declare.layout import (
    Column,
    Fact,
    Language,
    Party,
    Row,
    Tax,
    Total,
    address_lines,
)
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
    "Column",
    "Country",
    "Currency",
    "Email",
    "Fact",
    "Language",
    "Locale",
    "Network",
    "Party",
    "Phone",
    "Row",
    "Siren",
    "Siret",
    "Tax",
    "Timezone",
    "Total",
    "Url",
    "VatNumber",
    "address_lines",
]
