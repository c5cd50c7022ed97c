"""Tickets: customer requests, their answers and their deadlines."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="tickets",
    doc="Customer requests, their answers and their deadlines.",
    label=("Customer requests", "Demandes des clients"),
    modules=(),
)
