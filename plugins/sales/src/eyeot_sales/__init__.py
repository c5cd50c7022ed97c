"""Sales: products, price lists, quotes and orders."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="sales",
    doc="Products, price lists, quotes and orders.",
    modules=(),
)
