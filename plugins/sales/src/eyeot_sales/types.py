"""Types: the value types of sales."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eyeot import Exact

Quantity = Annotated[Exact, Field(gt=0, le=Decimal(10) ** 12, description="More than 0.")]
