"""Numbering: the series that quotes, orders and returns are numbered by."""

from eyeot import Starting

QUOTES = "sales.quote"
ORDERS = "sales.sales_order"
RETURNS = "sales.return_order"


def _series(name: str, code: str, letter: str) -> dict[str, object]:
    pattern = letter + "-{year}-{seq:04}"
    return {"name": name, "code": code, "pattern": pattern, "gapless": False}


starts = Starting(
    "core.sequence",
    key="code",
    rows=(
        _series("Devis", QUOTES, "D"),
        _series("Commandes clients", ORDERS, "C"),
        _series("Retours clients", RETURNS, "R"),
    ),
)
