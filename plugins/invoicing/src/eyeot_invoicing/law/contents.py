"""Contents: what the plugin declares of law."""

from eyeot_invoicing.law import (
    resolving,
    texts,
)

MODULES = (
    texts,
    resolving,
)
