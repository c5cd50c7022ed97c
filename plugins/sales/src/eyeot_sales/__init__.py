"""Sales: products, price lists, quotes and orders."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="sales",
    doc="Products, price lists, quotes and orders.",
    label=("Products, quotes and orders", "Produits, devis et commandes"),
    modules=(),
)
