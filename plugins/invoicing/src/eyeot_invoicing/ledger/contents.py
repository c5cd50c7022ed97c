"""Contents: what the plugin declares of ledger."""

from eyeot_invoicing.ledger import (
    accounts,
    accruing,
    balances,
    charting,
    checking,
    entries,
    journals,
    lettering,
    payroll,
    periods,
    reversing,
    suggesting,
    templating,
    validating,
)

MODULES = (
    accounts,
    journals,
    periods,
    entries,
    charting,
    balances,
    lettering,
    suggesting,
    checking,
    validating,
    reversing,
    templating,
    payroll,
    accruing,
)
