"""Contents: what the plugin declares of obligations."""

from eyeot_invoicing.obligations import (
    dates,
    readiness,
)

MODULES = (
    readiness,
    dates,
)
