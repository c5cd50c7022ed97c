"""Contents: what the plugin declares of einvoices."""

from eyeot_invoicing.einvoices import (
    answering,
    chorus_pro,
    collecting,
    dashboard,
    explaining,
    polling,
    record,
    routing,
    submitting,
)

MODULES = (
    record,
    submitting,
    chorus_pro,
    routing,
    polling,
    answering,
    collecting,
    explaining,
    dashboard,
)
