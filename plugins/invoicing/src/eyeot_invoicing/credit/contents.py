"""Contents: what the plugin declares of credit."""

from eyeot_invoicing.credit import (
    applying,
    crediting,
    drafting,
    posting,
    record,
)

MODULES = (
    record,
    drafting,
    posting,
    applying,
    crediting,
)
