"""Resolve: from a name to an installed action that this surface may run."""

from difflib import get_close_matches

from eyeot.declare.action import Action
from eyeot.declare.problem import HumanRequired, ModuleNotInstalled, OperatorRequired, UnknownAction
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.request import Request

KNOWN_MODULES = frozenset({"crm", "sales", "invoicing", "stock", "tickets", "hr", "intelligence"})


def resolve(catalogue: Catalogue, request: Request) -> Action:
    """The action, or why there is none for this caller on this surface."""
    action = catalogue.actions.get(request.action)
    if action is None:
        raise _unknown(catalogue, request)
    operator = request.caller.via == "cli"
    if action.surface == "operator" and not operator:
        raise OperatorRequired(action=action.name)
    if action.surface == "human" and not operator and request.surface != "console":
        raise HumanRequired(action=action.name)
    return action


def _unknown(catalogue: Catalogue, request: Request) -> UnknownAction | ModuleNotInstalled:
    module = request.action.partition(".")[0]
    if module in KNOWN_MODULES and module not in catalogue.modules:
        return ModuleNotInstalled(module=module)
    visible = [one.name for one in catalogue.callable_by(request.caller.access)]
    near = get_close_matches(request.action, visible, n=5, cutoff=0.6)
    suggestion = f"Did you mean {near[0]}?" if near else ""
    return UnknownAction(action=request.action[:200], suggestion=suggestion, nearest=near or None)
