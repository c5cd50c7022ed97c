"""Stock: stock levels, movements, purchases and deliveries."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="stock",
    doc="Stock levels, movements, purchases and deliveries.",
    label=("Stock and purchases", "Stock et achats"),
    modules=(),
)
