"""Contents: what the plugin declares of bank."""

from eyeot_invoicing.bank import (
    accounts,
    balances,
    consenting,
    deciding,
    importing,
    open_banking,
    parties,
    receipts,
    reconciling,
    reports,
    rules,
    statements,
    suggesting,
    syncing,
    transfers,
    undoing,
)

MODULES = (
    accounts,
    statements,
    rules,
    importing,
    open_banking,
    consenting,
    syncing,
    suggesting,
    deciding,
    undoing,
    transfers,
    parties,
    receipts,
    reconciling,
    balances,
    reports,
)
