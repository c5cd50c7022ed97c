"""Contents: what the plugin declares of payments online."""

from eyeot_invoicing.online import (
    connecting,
    following,
    linking,
    record,
    stripe,
)

MODULES = (
    record,
    stripe,
    connecting,
    following,
    linking,
)
