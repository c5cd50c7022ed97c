"""Contents: what the plugin declares of fec."""

from eyeot_invoicing.fec import (
    checking,
    describing,
    generating,
    importing,
    record,
    taking,
)

MODULES = (
    record,
    checking,
    generating,
    describing,
    importing,
    taking,
)
