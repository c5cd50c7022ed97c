"""Invoicing: invoices, payments, dunning and the books they feed."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="invoicing",
    doc="Invoices, payments, dunning and the books they feed.",
    label=("Invoices and payments", "Factures et paiements"),
    modules=(),
)
