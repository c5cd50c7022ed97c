"""GTIN: the numbers under bar codes, with their check digit."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from stdnum import ean
from stdnum.exceptions import ValidationError

INTERNAL = "2"
"""GS1 leaves numbers that begin so to each company, for use within it (General Specifications, 1.4)."""


def _checked(value: str) -> str:
    try:
        return str(ean.validate(value))
    except ValidationError:
        raise PydanticCustomError(
            "gtin",
            "Not a GTIN: 8, 12, 13 or 14 digits, of which the last is the check digit.",
        ) from None


Gtin = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "description": "GTIN (EAN-8, UPC-A, EAN-13, GTIN-14)."}),
]


def internal(number: int) -> str:
    """The EAN-13 for use within the company that has this number."""
    body = f"{INTERNAL}{number:011d}"
    return body + str(ean.calc_check_digit(body))
