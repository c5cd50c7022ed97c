"""Intelligence: reports, forecasts and figures over every installed module."""

from eyeot import Plugin

__all__ = ["plugin"]

plugin = Plugin(
    name="intelligence",
    doc="Reports, forecasts and figures over every installed module.",
    label=("Reports and forecasts", "Rapports et prévisions"),
    modules=(),
)
