"""Granting: what a permission looks like, and that nobody gives what they do not hold."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from eyeot.declare.access import Reach
from eyeot.declare.context import Context
from eyeot.declare.problem import Conflict, invalid

Reaches = Literal["own", "team", "organisation"]
_WIDTH = {"own": Reach.OWN, "team": Reach.TEAM, "organisation": Reach.ORGANISATION}


class Granted(BaseModel):
    """A permission and how far it reaches."""

    model_config = ConfigDict(extra="forbid")

    permission: str
    reach: Reaches = "organisation"


def part_of(grant: Any, name: str) -> Any:
    """The permission or the reach of a grant, stored or given."""
    return grant[name] if isinstance(grant, dict) else getattr(grant, name)


def refuse_beyond(ctx: Context, grants: Iterable[Any]) -> None:
    """Nobody gives what they do not hold, nor further than they hold it."""
    for one in grants:
        permission, reach = part_of(one, "permission"), part_of(one, "reach")
        if not ctx.allows(permission, _WIDTH[reach]):
            raise Conflict(
                reason=f"Nobody gives what they do not hold: '{permission}' ({reach}).",
                remedy="Ask someone who holds it.",
                field="permission",
            )


def refuse_malformed(name: str, permission: str) -> None:
    """Refuse, for an argument, what is no permission."""
    module, colon, what = permission.partition(":")
    if permission != "*" and not (module and colon and what):
        raise invalid(
            name, f"'{permission}' is not a permission; write module:read or module:write"
        )
