"""Tools: readable projections of actions for agents."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A readable tool: one action under a plain name, showing only the arguments that matter.

    It runs the action and nothing else, so guards, audit and refusals are the action's. Arguments that the
    action takes and the tool does not show are accepted too.
    """

    name: str
    action: str
    doc: str
    """When to use it; under 1,000 characters, and much less if it can be."""
    title: str
    show: tuple[str, ...] = ()
    """Arguments shown, in this order; required ones always are."""
    told: dict[str, str] | None = None
    """Shorter words for some arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpResource:
    """A record that MCP clients may list, read and complete: `eyeot://customers/{id}`."""

    collection: str
    """`customers`."""
    record: str
    """`crm.customer`; its get, list and search actions answer."""
    title: str
    doc: str


def annotations(risk: str) -> dict[str, Any]:
    """The truthful MCP hints of an action's risk."""
    reads = risk == "r"
    return {
        "readOnlyHint": reads,
        "destructiveHint": risk in ("x", "$"),
        "idempotentHint": reads,
        "openWorldHint": risk == "e",
    }
