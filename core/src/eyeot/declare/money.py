"""Money: an exact amount in one currency."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from eyeot.declare.codes import currencies

MINOR_UNITS = {"JPY": 0, "KRW": 0, "XAF": 0, "XOF": 0, "XPF": 0, "TND": 3, "KWD": 3, "BHD": 3}
_DIGITS = 40
LARGEST = Decimal("999999999999999.99")


def _exact(value: Any) -> Any:
    """Refuse binary floats with too many digits; accept '1200.50', 1200 and 1200.5."""
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, bool):
        raise PydanticCustomError("decimal", "Give an amount such as '1200.50'.")
    return value


def _storable(value: Decimal) -> Decimal:
    """Refuse what PostgreSQL's NUMERIC could not hold, and nobody means."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and (value.adjusted() >= _DIGITS or exponent < -_DIGITS):
        raise PydanticCustomError(
            "decimal",
            "Give at most {digits} digits on either side of the point.",
            {"digits": _DIGITS},
        )
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("integer", "Give a whole number such as 12.")
    return value


def _bigint(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise PydanticCustomError("integer", "Give a number of at most 64 bits.")
    return value


Whole = Annotated[int, BeforeValidator(_whole), AfterValidator(_bigint)]
"""An integer that a column can hold; true and false are none."""

Exact = Annotated[
    Decimal,
    BeforeValidator(_exact),
    AfterValidator(_storable),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "description": "Decimal number as a string, e.g. '1200.50'."}
    ),
]
"""A Decimal that is a string at the edge, so that no digit is lost."""


def minor_units(currency: str) -> int:
    """How many decimals a currency has (ISO 4217)."""
    return MINOR_UNITS.get(currency, 2)


class Money(BaseModel):
    """An amount and its currency; stored as NUMERIC and ISO 4217 code, never as a float."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Exact
    currency: Annotated[str, WithJsonSchema({"type": "string", "description": "ISO 4217."})] = "EUR"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """Check the currency and the number of decimals it has."""
        if self.currency not in currencies():
            raise ValueError("currency must be an ISO 4217 code such as EUR")
        # copy_abs, unlike abs, never rounds, so that 1e1000000 is a large amount and not an overflow.
        if not self.amount.is_finite() or self.amount.copy_abs() > LARGEST:
            raise ValueError("amount is out of range")
        places = minor_units(self.currency)
        if self.amount != self.amount.quantize(Decimal(1).scaleb(-places)):
            raise ValueError(f"{self.currency} has {places} decimals")
        return self

    @classmethod
    def stored(cls, amount: Decimal, currency: str) -> "Money":
        """An amount that was checked before, with the decimals of its currency."""
        places = Decimal(1).scaleb(-minor_units(currency))
        return cls.model_construct(amount=amount.quantize(places), currency=currency)

    def __add__(self, other: "Money") -> "Money":
        """The sum; currencies never mix."""
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def times(self, factor: Decimal) -> "Money":
        """The product, rounded half up to the currency's minor unit."""
        places = minor_units(self.currency)
        product = (self.amount * factor).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        return Money(amount=product, currency=self.currency)
