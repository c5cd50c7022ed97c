"""Metadata: what clients read before they ask for anything (RFC 8414, RFC 9728)."""

from typing import Any

from eyeot.platform.oauth.clients import AUTH_METHODS, GRANT_TYPES
from eyeot.runtime.engine import Engine
from eyeot.surface.discovery import MCP, RESOURCE, Discovery, normal_scopes

_SERVER = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
SERVER = frozenset(
    {*_SERVER, *(f"{one}{MCP}" for one in _SERVER), *(f"{MCP}{one}" for one in _SERVER)}
)
"""Clients look at the root and, sloppy ones, before or behind the path of the MCP address."""
RESOURCES = frozenset({RESOURCE, f"{RESOURCE}{MCP}", f"{MCP}{RESOURCE}"})


def server(engine: Engine, discovery: Discovery) -> dict[str, Any]:
    """The authorization server."""
    issuer = discovery.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "registration_endpoint": f"{issuer}/oauth/register",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "scopes_supported": normal_scopes(engine.catalogue.modules),
        "ui_locales_supported": ["fr", "en"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


def resource(engine: Engine, discovery: Discovery) -> dict[str, Any]:
    """What tokens are for, and who hands them out."""
    return {
        "resource": discovery.resource,
        "authorization_servers": [discovery.issuer],
        "scopes_supported": normal_scopes(engine.catalogue.modules),
        "bearer_methods_supported": ["header"],
        "resource_name": "Eyeot",
    }
