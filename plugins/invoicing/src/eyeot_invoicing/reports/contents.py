"""Contents: what the plugin declares of reports."""

from eyeot_invoicing.reports import (
    aged,
    delays,
    general_ledger,
    margin,
    revenue,
    statement,
    statements,
    trial_balance,
    vat,
)

MODULES = (
    aged,
    delays,
    statement,
    revenue,
    margin,
    vat,
    trial_balance,
    general_ledger,
    statements,
)
