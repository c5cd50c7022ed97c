"""Contents: what the plugin declares of late."""

from eyeot_invoicing.late import (
    charging,
    computing,
    rates,
)

MODULES = (
    rates,
    computing,
    charging,
)
