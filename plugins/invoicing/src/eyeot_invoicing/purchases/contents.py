"""Contents: what the plugin declares of purchases."""

from eyeot_invoicing.purchases import (
    aged,
    answering,
    checking,
    coding,
    deferring,
    posting,
    reading,
    receiving,
    recognising,
    record,
    settling,
)

MODULES = (
    record,
    reading,
    receiving,
    coding,
    checking,
    answering,
    posting,
    deferring,
    settling,
    aged,
    recognising,
)
