"""Contents: what the plugin declares of dunning."""

from eyeot_invoicing.dunning import (
    collecting,
    letters,
    notices,
    papers,
    policies,
    promising,
    running,
    sending,
    simulating,
    statements,
)

MODULES = (
    policies,
    letters,
    papers,
    simulating,
    sending,
    promising,
    running,
    notices,
    statements,
    collecting,
)
