"""Contents: what the plugin declares of platforms."""

from eyeot_invoicing.platforms import (
    afnor,
    chorus,
    connections,
    trying,
)

MODULES = (
    connections,
    afnor,
    chorus,
    trying,
)
