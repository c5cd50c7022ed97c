"""Contents: what the plugin declares of seals."""

from eyeot_invoicing.seals import (
    archiving,
    attesting,
    closing,
    events,
    record,
    verifying,
)

MODULES = (
    record,
    closing,
    archiving,
    verifying,
    events,
    attesting,
)
