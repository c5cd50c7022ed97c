"""Grants: what an app exchanges for tokens: a code, a refresh token, or a device's secret."""
# mypy: disable-error-code="override, misc"
# Authlib's stubs take what its hooks are given for narrower than it is.

from collections.abc import Sequence
from typing import Any, ClassVar, cast
from uuid import UUID

from authlib.oauth2.rfc6749 import (
    AccessDeniedError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, BaseGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import (
    AuthorizationPendingError,
    DeviceCodeGrant,
    ExpiredTokenError,
    SlowDownError,
)

from eyeot.platform.oauth import clients, codes, devices, tokens
from eyeot.platform.oauth.clients import AUTH_METHODS, Client
from eyeot.platform.oauth.codes import Code
from eyeot.platform.oauth.tokens import Kept
from eyeot.runtime.request import Caller
from eyeot.surface.oauth.issuing import note
from eyeot.surface.oauth.server import wait

_REUSED = "It was used a second time, so somebody else has it too"


class OnlyS256(CodeChallenge):
    """Proof that who exchanges a code is who asked for it; nothing less than S256 (RFC 7636)."""

    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar = ["S256"]
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a request without one, and one for another resource."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("A code_challenge of the method S256 is needed.")
        super().validate_code_challenge(grant, redirect_uri)
        grant.server.check_resource(grant.request)


class _Issuing:
    """What the grants have in common."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = list(AUTH_METHODS)
    request: Any
    server: Any

    def issued(self, org_id: UUID, grant_id: UUID, caller: Caller) -> dict[str, Any]:
        """The first tokens of a consent, told to the organisation's audit."""
        engine = self.server.engine
        made: dict[str, Any] = wait(tokens.issue(engine, org_id, grant_id))
        wait(clients.used(engine, self.request.client.id))
        wait(note(engine, caller, self.request.payload.grant_type, self.request.ip))
        return with_scope(made, caller)


def with_scope(
    made: dict[str, Any], caller: Caller, narrowed: Sequence[str] | None = None
) -> dict[str, Any]:
    """Tokens, and what their app may do with them."""
    scopes = caller.consent.scopes if caller.consent else ()
    return {**made, "scope": " ".join(one for one in scopes if narrowed is None or one in narrowed)}


class CodeGrant(_Issuing, AuthorizationCodeGrant):
    """A code that came through the person's browser (RFC 6749 §4.1)."""

    def generate_authorization_code(self) -> str:
        """A code for what a person just let an app do; it is kept at once."""
        payload = self.request.payload
        org_id, grant_id = self.request.user
        code = Code(
            client_id=self.request.client.id,
            redirect_uri=payload.redirect_uri,
            code_challenge=payload.data["code_challenge"],
            org_id=org_id,
            grant_id=grant_id,
        )
        made: str = wait(codes.issue(self.server.engine, code))
        return made

    def save_authorization_code(self, code: str, request: Any) -> None:
        """It is kept already."""

    def validate_token_request(self) -> None:
        """Refuse what is for another resource, before the code is used up."""
        self.server.check_resource(self.request)
        super().validate_token_request()

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """What a code stands for; whoever comes with a used one ends what it gave."""
        engine = self.server.engine
        found: Code | None = wait(codes.claim(engine, code, client.id))
        if found is None and (before := wait(codes.reused(engine, code, client.id))):
            org_id, grant_id = before
            why = f"{_REUSED}: the code of its connection."
            wait(tokens.disconnect(engine, org_id, grant_id, why))
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It is used up already."""

    def authenticate_user(self, authorization_code: Code) -> Caller | None:
        """The app in its person's name, if that may still be."""
        engine = self.server.engine
        org_id, grant_id = authorization_code.org_id, authorization_code.grant_id
        found: Caller | None = wait(tokens.standing(engine, org_id, grant_id, self.request.ip))
        return found

    def generate_token(self, user: Any = None, **_: Any) -> dict[str, Any]:
        """The first tokens."""
        code = self.request.authorization_code
        return self.issued(code.org_id, code.grant_id, user)


class RefreshGrant(_Issuing, RefreshTokenGrant):
    """A refresh token, good once (RFC 9700 §4.14)."""

    def authenticate_refresh_token(self, refresh_token: str) -> Kept | None:
        """The token that was sent."""
        self.server.check_resource(self.request)
        found: Kept | None = wait(tokens.found(self.server.engine, refresh_token, "refresh"))
        return found

    def _validate_token_scope(self, token: Kept) -> None:
        """What was asked for beyond what was given counts as not asked: apps repeat their first wish."""
        asked = self._asked(token)
        if asked is not None and not asked:
            raise InvalidScopeError

    def _asked(self, token: Kept) -> list[str] | None:
        wish, given = (self.request.payload.scope or "").split(), token.get_scope().split()
        kept = [one for one in given if one in wish]
        return kept if wish and len(kept) < len(given) else None

    def authenticate_user(self, refresh_token: Kept) -> Caller:
        """The app in its person's name, if that may still be."""
        engine, kept = self.server.engine, refresh_token
        found = wait(tokens.standing(engine, kept.org_id, kept.grant_id, self.request.ip))
        if found is None:
            raise InvalidGrantError("This app is not connected any more, or not from this address.")
        return cast("Caller", found)

    def issue_token(self, user: Caller, refresh_token: Kept) -> dict[str, Any]:
        """New tokens; whoever comes with one that was exchanged before ends them all."""
        engine, narrowed = self.server.engine, self._asked(refresh_token)
        try:
            made = wait(tokens.rotate(engine, refresh_token, narrowed))
        except tokens.Reused as reused:
            why = f"{_REUSED}: a refresh token."
            wait(tokens.disconnect(engine, reused.org_id, reused.grant_id, why))
            made = None
        if made is None:
            raise InvalidGrantError("This refresh token is not good any more.")
        wait(clients.used(engine, self.request.client.id))
        return with_scope(made, user, made.pop("narrowed", None))

    def revoke_old_credential(self, refresh_token: Kept) -> None:
        """It is used up already."""


class DeviceGrant(_Issuing, DeviceCodeGrant):
    """The secret of a program whose person decides elsewhere (RFC 8628)."""

    def validate_token_request(self) -> None:
        """Tell how far the person is, in the errors that stand for it."""
        secret = self.request.payload.data.get("device_code")
        if not secret:
            raise InvalidRequestError("Missing 'device_code'.")
        client = cast("Client", cast("BaseGrant", self).authenticate_token_endpoint_client())
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError
        self.server.check_resource(self.request)
        polled = wait(devices.poll(self.server.engine, secret, client.id))
        if wrong := _ERRORS.get(polled.answer):
            raise wrong()
        ip = self.request.ip
        caller = wait(tokens.standing(self.server.engine, polled.org_id, polled.grant_id, ip))
        if caller is None:
            raise AccessDeniedError
        self.request.client, self.request.user = client, caller
        self.request.credential = polled

    def create_token_response(self) -> Any:
        """The first tokens."""
        polled, caller = self.request.credential, self.request.user
        made = self.issued(polled.org_id, polled.grant_id, caller)
        return 200, made, self.TOKEN_RESPONSE_HEADER


_ERRORS: dict[str, Any] = {
    "unknown": InvalidGrantError,
    "late": ExpiredTokenError,
    "pending": AuthorizationPendingError,
    "early": SlowDownError,
    "refused": AccessDeniedError,
}
