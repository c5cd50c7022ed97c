"""Proof: what is asked of somebody who signed in a while ago, before the worst that they can do."""

from dataclasses import dataclass

from eyeot.declare.problem import Problem

CONFIRM = "/console/confirm"


@dataclass(eq=False, kw_only=True)
class ProofRequired(Problem):
    """Whoever sits there must prove again to be who signed in."""

    status = 403
    message = "{action} asks you to prove that it is you."
    hint = "Confirm with your code or password, then do it again."
    action: str
