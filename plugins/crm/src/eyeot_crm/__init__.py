"""CRM: customers, leads and deals."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="crm",
    doc="Customers, leads and deals.",
    modules=(),
)
