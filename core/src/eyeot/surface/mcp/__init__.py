"""MCP: the endpoint of agents, both eras of the protocol on one address."""

from eyeot.surface.mcp.app import McpApp
from eyeot.surface.mcp.settings import McpSettings

__all__ = ["McpApp", "McpSettings"]
