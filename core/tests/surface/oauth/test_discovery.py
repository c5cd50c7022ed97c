"""Discovery: what clients read first, the challenges that lead there, and where nothing is said."""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from core.tests.surface.console.browser import Browser, member, site_of
from core.tests.surface.oauth.app import ISSUER, RESOURCE, App, outside, rest
from eyeot.asgi import Site
from eyeot.runtime.engine import Engine
from eyeot.surface.discovery import Discovery
from eyeot.testing import Desk, House

PRM = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
MCP = "/api/v1/mcp"
CALL: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
_JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def plain_http() -> Iterator[None]:
    """Authlib's own check wants https; the tests' address is http on this machine."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    yield
    del os.environ["AUTHLIB_INSECURE_TRANSPORT"]


async def test_the_documents_are_where_clients_look(site: Site) -> None:
    http = outside(site)
    places = [SERVER, OPENID, SERVER + MCP, OPENID + MCP, MCP + SERVER, MCP + OPENID]
    found = [await http.get(one, headers={"origin": "https://evil.example"}) for one in places]
    assert {one.status_code for one in found} == {200}
    assert {one.headers["access-control-allow-origin"] for one in found} == {"*"}
    assert len({one.text for one in found}) == 1
    told = found[0].json()
    AuthorizationServerMetadata(told).validate()
    assert told["issuer"] == ISSUER
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "none" in told["token_endpoint_auth_methods_supported"]
    assert told["client_id_metadata_document_supported"] is True
    assert told["authorization_response_iss_parameter_supported"] is True
    resources = [(await http.get(one)).json() for one in (PRM, PRM + MCP)]
    assert resources[0] == resources[1]
    assert resources[0]["resource"] == RESOURCE
    assert resources[0]["authorization_servers"] == [ISSUER]
    assert "offline_access" not in resources[0]["scopes_supported"]
    assert (await http.get("/.well-known/else")).status_code == 404
    assert (await http.post(SERVER)).status_code == 405
    preflight = await http.options("/oauth/token", headers={"origin": "https://evil.example"})
    assert preflight.status_code == 204
    rebound = httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://evil.example")
    assert (await rebound.get(SERVER)).status_code == 421


@pytest.mark.parametrize("token", [None, "eya_unknown", "eyr_unknown", "eyk_unknown"])
async def test_who_has_no_token_is_told_where_to_get_one(site: Site, token: str | None) -> None:
    http = outside(site)
    headers = _JSON | ({"authorization": f"Bearer {token}"} if token else {})
    for answer in (
        await http.post(MCP, json=CALL, headers=headers),
        await http.post("/api/v1/actions/core.session.whoami", json={}, headers=headers),
    ):
        told = answer.headers["www-authenticate"]
        assert answer.status_code == 401
        assert f'resource_metadata="{ISSUER}{PRM}{MCP}"' in told
        assert ' scope="core:read core:write crm:read crm:write' in told
        assert ('error="invalid_token"' in told) == (token is not None)


async def test_nothing_is_said_on_the_host_for_keys(engine: Engine, house: House) -> None:
    site = Site.over(engine, (b"s" * 32,), Discovery(on=True, key_host="keys.example"))
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(site), base_url="https://keys.example:8443"
    )
    for path in (PRM, PRM + MCP, SERVER, OPENID, "/oauth/authorize", "/oauth/token"):
        assert (await http.get(path)).status_code == 404
    refused = await http.post(MCP, json=CALL, headers=_JSON)
    assert refused.headers["www-authenticate"] == 'Bearer realm="eyeot"'
    key = (await house.make_key("core:read"))["key"]
    headers = _JSON | {"authorization": f"Bearer {key}"}
    told = await http.post(
        MCP, json={**CALL, "params": {"name": "whoami", "arguments": {}}}, headers=headers
    )
    assert told.status_code == 200
    assert (await outside(site).get(SERVER)).status_code == 200


async def test_nothing_is_said_where_it_is_switched_off(engine: Engine) -> None:
    http = outside(Site.over(engine, (b"s" * 32,), Discovery(on=False)))
    for path in (PRM, SERVER, "/oauth/authorize", "/oauth/token", "/oauth/device"):
        assert (await http.get(path)).status_code == 404
        assert (await http.post(path)).status_code == 404
    refused = await http.post(MCP, json=CALL, headers=_JSON)
    assert refused.headers["www-authenticate"] == 'Bearer realm="eyeot"'


async def test_an_app_is_told_which_scope_it_lacks(site: Site, anne: Browser) -> None:
    app = await App.registered(site)
    access = (await app.connected(anne, "crm:read", "core:read"))["access_token"]
    wanted = {"crm:read", "core:read", "crm:write"}

    answer = await rest(app.http, access, "crm.customer.create", name="Boulangerie")

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert _scope(answer.headers["www-authenticate"]) == wanted
    params = {"name": "create_customer", "arguments": {"name": "Boulangerie"}}
    headers = _JSON | {"authorization": f"Bearer {access}"}
    plain = await app.http.post(MCP, json={**CALL, "params": params}, headers=headers)
    assert (plain.status_code, plain.json()["error"]["data"]["code"]) == (403, "insufficient_scope")
    assert _scope(plain.headers["www-authenticate"]) == wanted
    legacy = headers | {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2025-11-25",
    }
    told = (await app.http.post(MCP, json={**CALL, "params": params}, headers=legacy)).json()
    assert told["result"]["isError"] is True
    assert told["result"]["structuredContent"]["error"]["code"] == "insufficient_scope"
    [challenge] = told["result"]["_meta"]["mcp/www_authenticate"]
    assert _scope(challenge) == wanted
    assert f'resource_metadata="{ISSUER}{PRM}{MCP}"' in challenge


def _scope(challenge: str) -> set[str]:
    assert challenge.startswith("Bearer ")
    assert 'error="insufficient_scope"' in challenge
    return set(challenge.partition(' scope="')[2].partition('"')[0].split())


async def test_what_the_person_may_not_do_either_is_no_question_of_scope(
    site: Site, house: House, call: Desk
) -> None:
    email = await member(house, "vera", "viewer")
    vera = Browser.of(site)
    await vera.sign_in(email)
    app = await App.registered(site)
    access = (await app.connected(vera, "crm:read"))["access_token"]
    answer = await rest(app.http, access, "crm.customer.create", name="Boulangerie")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "www-authenticate" not in answer.headers


def test_a_site_says_it_unless_told_otherwise(engine: Engine) -> None:
    assert site_of(engine)._discovery.on
