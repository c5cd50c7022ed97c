"""Contents: what the plugin declares of vat."""

from eyeot_invoicing.vat import (
    comparing,
    declaring,
    due,
    returns,
)

MODULES = (
    due,
    returns,
    declaring,
    comparing,
)
