"""Contents: what the plugin declares of closing."""

from eyeot_invoicing.closing import (
    checklist,
    months,
    year,
)

MODULES = (
    months,
    checklist,
    year,
)
