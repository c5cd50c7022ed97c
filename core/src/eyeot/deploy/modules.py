"""Modules: what a whole deployment uses of what is installed; running servers follow at once."""

from eyeot.declare.plugin import Plugin
from eyeot.declare.problem import Conflict, NotFound
from eyeot.platform.modules import CORE
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken

_SWITCH = """
INSERT INTO eyeot_module (name, enabled) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, changed_at = now()
"""


async def switched_off(engine: Engine) -> frozenset[str]:
    """The modules that are off for the whole deployment."""
    async with taken(engine.database.relay) as connection:
        rows = await connection.fetch("SELECT name FROM eyeot_module WHERE NOT enabled")
    return frozenset(row["name"] for row in rows)


async def switch(engine: Engine, name: str, *, on: bool) -> None:
    """Switch a module on or off for every organisation, or refuse what others stand on."""
    found = {one.name: one for one in engine.installed.plugins}
    if name not in found:
        raise NotFound(kind="module", id=name, lookup="eyeot module list")
    off = await switched_off(engine)
    if on:
        _check_needs(found[name], off)
    else:
        _check_needed(found, name, off)
    async with taken(engine.database.relay) as connection:
        await connection.execute(_SWITCH, name, on)
    await engine.credentials.renew()


def _check_needs(module: Plugin, off: frozenset[str]) -> None:
    if lacking := [one for one in module.requires if one in off]:
        raise Conflict(
            reason=f"It needs {', '.join(lacking)}, which is disabled.",
            remedy=f"Run 'eyeot module enable {lacking[0]}' first.",
        )


def _check_needed(found: dict[str, Plugin], name: str, off: frozenset[str]) -> None:
    if name == CORE:
        raise Conflict(
            reason="The core stays: everything else stands on it.", remedy="Choose another module."
        )
    needed = [one.name for one in found.values() if name in one.requires and one.name not in off]
    if needed:
        raise Conflict(
            reason=f"{', '.join(needed)} cannot work without it.",
            remedy=f"Run 'eyeot module disable {needed[0]}' first.",
        )
