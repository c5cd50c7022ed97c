"""Asking: how the reports of invoices write their figures."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

TENTH = Decimal("0.1")


def cents(value: Any) -> Any:
    """A sum in SQL, 0 of nothing, to the cent."""
    return sa.func.round(sa.func.coalesce(value, 0), 2)


def tenth(value: Any) -> Decimal:
    """A number to one decimal, half up."""
    return Decimal(value or 0).quantize(TENTH, ROUND_HALF_UP)
