"""Permission: may this caller run this action, and how far does that reach."""

from eyeot.declare.access import Reach
from eyeot.declare.action import Action
from eyeot.declare.problem import PermissionDenied
from eyeot.runtime.request import Caller


def permit(action: Action, caller: Caller) -> Reach:
    """The reach of the caller's grant, or the refusal that names the missing permission."""
    reach = caller.access.actions.get(action.name)
    if reach is None:
        if action.scope_free:
            return Reach.ORGANISATION
        raise PermissionDenied(action=action.name, permission=action.needs)
    return reach
