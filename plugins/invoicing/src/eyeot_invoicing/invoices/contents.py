"""Contents: what the plugin declares of invoices."""

from eyeot_invoicing.invoices import (
    accounts,
    billed_once,
    changing,
    correcting,
    drafting,
    final,
    posting,
    previewing,
    record,
    writing_off,
)

MODULES = (
    record,
    drafting,
    posting,
    previewing,
    changing,
    correcting,
    writing_off,
    final,
    accounts,
    billed_once,
)
