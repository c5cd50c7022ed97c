"""Hooks: the few questions asked of plugins at assembly, all on this page."""

from collections.abc import Iterable

import pluggy

from eyeot.declare.action import Action

PROJECT = "eyeot"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def eyeot_wrap_action(action: Action) -> Action | None:
    """Replace an action's handler, one's own or another plugin's.

    Asked for every action, in registration order. Answer None to leave it alone, or
    `dataclasses.replace(action, handler=…)`. Assembly refuses any other difference.
    """


@hookspec
def eyeot_health() -> Iterable[tuple[str, bool, str]]:  # type: ignore[empty-body]
    """Checks for `eyeot doctor`: name, whether it is well, and how to mend it."""
