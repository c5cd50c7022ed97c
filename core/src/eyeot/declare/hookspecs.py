"""Hooks: the few questions asked of plugins at assembly, all on this page."""

from collections.abc import Iterable
from pathlib import Path

import pluggy

from eyeot.declare.action import Action
from eyeot.declare.store import Store

PROJECT = "eyeot"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def eyeot_wrap_action(action: Action) -> Action | None:
    """Replace an action's handler, one's own or another plugin's.

    Asked for every action, in registration order. Answer None to leave it alone, or
    `dataclasses.replace(action, handler=…)`. Assembly refuses any other difference.
    """


@hookspec(firstresult=True)
def eyeot_store(name: str, folder: Path) -> Store | None:
    """The store of this name (EYEOT_STORAGE) for the bytes of documents; `folder` is the deployment's own."""


@hookspec
def eyeot_health() -> Iterable[tuple[str, bool, str]]:  # type: ignore[empty-body]
    """Checks for `eyeot doctor`: name, whether it is well, and how to mend it."""
