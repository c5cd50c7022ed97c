"""Endpoints: what an app asks for beside tokens: that one ends, and a code for a person elsewhere."""
# mypy: disable-error-code="override, misc"
# Authlib's stubs take what its hooks are given for narrower than it is.

from typing import Any, ClassVar, cast

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint

from eyeot.platform.oauth import devices, tokens
from eyeot.platform.oauth.clients import AUTH_METHODS, DEVICE, Client
from eyeot.platform.oauth.tokens import Kept
from eyeot.surface.oauth.server import Asked, wait

DEVICE_PAGE = "/oauth/device"
_LONGEST_SCOPE = 4_000


class Revocation(RevocationEndpoint):
    """Ends a token; with a refresh token the whole connection (RFC 7009)."""

    CLIENT_AUTH_METHODS: ClassVar = list(AUTH_METHODS)
    server: Any

    def query_token(self, token_string: str, _hint: str | None) -> Kept | None:
        """A token of either kind, whatever the hint says."""
        engine = self.server.engine
        for kind in ("refresh", "access"):
            found: Kept | None = wait(tokens.found(engine, token_string, kind))
            if found:
                return found
        return None

    def revoke_token(self, token: Kept, _request: Any) -> None:
        """End it."""
        engine = self.server.engine
        if token.kind == "access":
            wait(tokens.drop(engine, token))
        else:
            why = "The app gave its access back."
            wait(tokens.disconnect(engine, token.org_id, token.grant_id, why))


class DeviceAuthorization(DeviceAuthorizationEndpoint):
    """Gives a program a secret, and a code that its person enters in a browser (RFC 8628 §3.1)."""

    CLIENT_AUTH_METHODS: ClassVar = list(AUTH_METHODS)
    server: Any

    def create_endpoint_response(self, request: Asked) -> Any:
        """The codes."""
        known = self.server.authenticate_client(
            request, self.CLIENT_AUTH_METHODS, self.ENDPOINT_NAME
        )
        client = cast("Client", known)
        if DEVICE not in client.grant_types:
            raise UnauthorizedClientError("This app is not registered for the device grant.")
        self.server.check_resource(request)
        scope = request.payload.scope or ""
        if len(scope) > _LONGEST_SCOPE or not (scope.isascii() and scope.isprintable()):
            raise InvalidScopeError
        made = devices.begin(self.server.engine, client.id, scope, request.ip)
        secret, code = wait(made)
        page = f"{self.server.discovery.issuer}{DEVICE_PAGE}"
        told = {
            "device_code": secret,
            "user_code": code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={code}",
            "expires_in": int(devices.LASTS.total_seconds()),
            "interval": devices.WAIT,
        }
        return 200, told, default_json_headers
