"""Stock: stock levels, movements, purchases and deliveries."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="stock",
    doc="Stock levels, movements, purchases and deliveries.",
    modules=(),
)
