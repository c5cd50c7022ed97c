"""Proof: what is asked of somebody who signed in a while ago, before the worst that they can do."""

CONFIRM = "/console/confirm"


class ProofRequired(Exception):
    """Whoever sits there must prove again to be who signed in; no refusal, which a page would tell as one."""
