"""HR: employees, leave and who is out."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="hr",
    doc="Employees, leave and who is out.",
    label=("Staff and leave", "Personnel et congés"),
    modules=(),
)
