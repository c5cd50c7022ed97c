"""Stock: stock levels, movements, purchases and deliveries."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="stock",
    doc="Stock levels, movements, purchases and deliveries.",
    label=("Stock and purchases", "Stock et achats"),
    about=("levels, deliveries, purchase orders", "niveaux, livraisons, commandes d'achat"),
    modules=(),
)
