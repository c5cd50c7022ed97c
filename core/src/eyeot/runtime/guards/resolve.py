"""Resolve: from a name to an installed action that this surface may run."""

from difflib import get_close_matches

from eyeot.declare.action import Action
from eyeot.declare.problem import (
    HumanRequired,
    ModuleDisabled,
    ModuleNotInstalled,
    OperatorRequired,
    Problem,
    UnknownAction,
)
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.guards.pages import page_of, way_of
from eyeot.runtime.request import Caller, Request

_OPERATING = frozenset({"cli", "signing"})
"""Doors of the deployment itself: its command line, and the pages where people come in."""
KNOWN_MODULES = frozenset({"crm", "sales", "invoicing", "stock", "tickets", "hr", "intelligence"})


def resolve(catalogue: Catalogue, request: Request, public_url: str = "") -> Action:
    """The action, or why there is none for this caller on this surface."""
    action = catalogue.actions.get(request.action)
    if action is None:
        raise _unknown(catalogue, request)
    for module in request.caller.access.disabled & {action.module, action.beside}:
        raise ModuleDisabled(module=module)
    check_surface(action, request.caller, by_hand=by_hand(request), public_url=public_url)
    return action


def by_hand(request: Request) -> bool:
    """Whether a person calls, at the console or at the deployment's command line."""
    return request.surface in ("console", "cli") or request.caller.via == "cli"


def check_surface(action: Action, caller: Caller, *, by_hand: bool, public_url: str = "") -> None:
    """Refuse what is for people to everybody else, and the operator's to all but the command line."""
    if action.surface == "operator" and caller.via not in _OPERATING:
        raise OperatorRequired(action=action.name)
    if action.surface == "human" and not by_hand:
        page = page_of(action.resource, public_url, action.name)
        way = way_of(action.resource, action.name)
        raise HumanRequired(action=action.name, page=page, way=way)


def switched_off(module: str) -> ModuleDisabled:
    """The refusal of a module that is disabled for the whole deployment."""
    return ModuleDisabled(
        module=module,
        extent="the whole deployment",
        remedy=f"The operator enables it with 'eyeot module enable {module}'; its data is kept.",
    )


def without_module(catalogue: Catalogue, name: str) -> Problem | None:
    """The refusal of an action for the module that it is of, or waits for; none when that is there."""
    for module in (name.partition(".")[0], catalogue.waiting.get(name, "")):
        if module in catalogue.disabled:
            return switched_off(module)
        if module in KNOWN_MODULES and module not in catalogue.modules:
            return ModuleNotInstalled(module=module)
    return None


def _unknown(catalogue: Catalogue, request: Request) -> Problem:
    if lacking := without_module(catalogue, request.action):
        return lacking
    visible = [one.name for one in catalogue.callable_by(request.caller.access)]
    near = get_close_matches(request.action, visible, n=5, cutoff=0.6)
    suggestion = f"Did you mean {near[0]}?" if near else ""
    return UnknownAction(action=request.action[:200], suggestion=suggestion, nearest=near or None)
