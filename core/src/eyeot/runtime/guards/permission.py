"""Permission: may this caller run this action, and how far does that reach."""

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.problem import BeyondCeiling, BeyondPerson, InsufficientScope, PermissionDenied
from eyeot.runtime.request import Caller


def permit(action: Action, caller: Caller) -> Reach:
    """The reach of the caller's grant, or the refusal that names the missing permission."""
    reach = caller.access.actions.get(action.name)
    if reach is None:
        if action.scope_free:
            return Reach.ORGANISATION
        if caller.consent and action.name in caller.consent.person.actions:
            scope = " ".join(dict.fromkeys((*caller.consent.scopes, action.needs)))
            raise InsufficientScope(action=action.name, permission=action.needs, scope=scope)
        kind = PermissionDenied
        if caller.agent_id:
            kind = BeyondPerson if caller.consent else BeyondCeiling
        raise kind(action=action.name, permission=action.needs)
    return reach
