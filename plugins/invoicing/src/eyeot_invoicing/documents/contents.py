"""Contents: what the plugin declares of documents."""

from eyeot_invoicing.documents import (
    crediting,
    filing,
    following,
    generating,
    layouts,
    sending,
    validating,
)

MODULES = (
    filing,
    layouts,
    generating,
    validating,
    sending,
    crediting,
    following,
)
