"""Contents: what the plugin declares of payments."""

from eyeot_invoicing.payments import (
    advances,
    allocating,
    bouncing,
    cash,
    delays,
    methods,
    papers,
    posting,
    record,
    registering,
    settling,
    terms,
)

MODULES = (
    terms,
    methods,
    record,
    posting,
    settling,
    registering,
    allocating,
    bouncing,
    advances,
    papers,
    cash,
    delays,
)
