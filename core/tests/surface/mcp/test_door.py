"""Door: who may knock at the address, and in what form."""

from collections.abc import AsyncIterator

import httpx
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import PATH, Talk, request
from eyeot.surface.mcp import McpApp, McpSettings

PING = request("ping")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
async def test_another_host_is_misdirected(talk: Talk, host: str) -> None:
    answer = await talk.raw(PING, {"host": host})

    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:9999", "[::1]:8000"])
async def test_the_public_address_and_loopback_names_are_answered(talk: Talk, host: str) -> None:
    assert (await talk.raw(PING, {"host": host})).status_code == 200


async def test_a_deployment_may_name_further_hosts(fake: FakeEngine) -> None:
    app = McpApp(fake, McpSettings(allowed_hosts=frozenset({"erp.example.com"})))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="https://erp.example.com"
    ) as client:
        assert (await Talk(client).raw(PING)).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_web_page_may_not_call(talk: Talk, origin: str) -> None:
    answer = await talk.raw(PING, {"origin": origin})

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", ["https://claude.ai", "http://127.0.0.1:8000"])
async def test_an_allowed_web_page_may_read_the_answer(talk: Talk, origin: str) -> None:
    answer = await talk.raw(PING, {"origin": origin})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "mcp-session-id" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "origin"


async def test_a_preflight_needs_no_key_and_allows_the_headers_of_the_protocol(talk: Talk) -> None:
    answer = await talk.client.options(
        PATH,
        headers={
            "origin": "https://claude.ai",
            "access-control-request-method": "POST",
            "access-control-request-headers": "mcp-param-city, x-evil",
        },
    )

    assert answer.status_code == 204
    allowed = answer.headers["access-control-allow-headers"]
    assert "mcp-protocol-version" in allowed
    assert "authorization" in allowed
    assert "mcp-param-city" in allowed
    assert "x-evil" not in allowed


async def test_a_preflight_from_elsewhere_is_refused(talk: Talk) -> None:
    answer = await talk.client.options(PATH, headers={"origin": "https://evil.example"})

    assert answer.status_code == 403


@pytest.mark.parametrize("verb", ["GET", "DELETE", "POST", "PUT"])
async def test_every_verb_needs_a_key(talk: Talk, verb: str) -> None:
    answer = await talk.client.request(verb, PATH, json=PING)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="eyeot"'
    assert answer.json()["error"]["data"]["code"] == "unauthenticated"


async def test_a_wrong_key_is_told_apart_from_none(talk: Talk) -> None:
    answer = await talk.raw(PING, key="eyk_wrong")

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer eyk_all"},
        {"authorization": "bearer  eyk_all"},
        {"x-api-key": "eyk_all"},
        {"authorization": "Basic abc", "x-api-key": "eyk_all"},
    ],
)
async def test_the_key_comes_as_a_bearer_or_as_an_api_key(
    talk: Talk, headers: dict[str, str]
) -> None:
    assert (await talk.raw(PING, headers, key=None)).status_code == 200


@pytest.mark.parametrize(
    ("key", "status", "wait"), [("eyk_limited", 429, "7"), ("eyk_down", 503, "3")]
)
async def test_before_authentication_a_refusal_keeps_its_status(
    talk: Talk, key: str, status: int, wait: str
) -> None:
    answer = await talk.modern("tools/list", key=key)

    assert answer.status_code == status
    assert answer.headers["retry-after"] == wait


async def test_a_fault_of_authentication_tells_nothing_but_a_trace(talk: Talk) -> None:
    answer = await talk.raw(PING, key="eyk_bug")

    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["error"]["data"]["trace_id"]


@pytest.mark.parametrize("verb", ["GET", "DELETE", "PUT", "PATCH", "HEAD"])
async def test_only_post_is_served(talk: Talk, verb: str) -> None:
    answer = await talk.client.request(verb, PATH, headers={"x-api-key": "eyk_all"})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_a_body_over_the_limit_is_refused_by_its_length(fake: FakeEngine) -> None:
    await _refuses_too_much(fake, b"x" * 2000)


async def test_a_body_over_the_limit_is_refused_when_it_comes_in_pieces(fake: FakeEngine) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    await _refuses_too_much(fake, pieces())


async def _refuses_too_much(fake: FakeEngine, content: bytes | AsyncIterator[bytes]) -> None:
    app = McpApp(fake, McpSettings(body_limit=1000))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost"
    ) as client:
        headers = {"x-api-key": "eyk_all", "content-type": "application/json"}
        answer = await client.post(PATH, content=content, headers=headers)

    assert answer.status_code == 413


async def test_a_length_that_is_no_number_is_not_believed(talk: Talk) -> None:
    answer = await talk.raw(PING, {"content-length": "9" * 40})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
async def test_only_json_is_taken(talk: Talk, kind: str) -> None:
    assert (await talk.raw(PING, {"content-type": kind})).status_code == 415


async def test_a_compressed_body_is_not_taken(talk: Talk) -> None:
    assert (await talk.raw(PING, {"content-encoding": "gzip"})).status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_name_its_charset(talk: Talk, kind: str) -> None:
    assert (await talk.raw(PING, {"content-type": kind})).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream", "application/json;q=0"])
async def test_a_client_that_takes_no_json_is_refused(talk: Talk, accept: str) -> None:
    assert (await talk.raw(PING, {"accept": accept})).status_code == 406


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.5"])
async def test_a_client_that_takes_anything_is_served(talk: Talk, accept: str) -> None:
    assert (await talk.raw(PING, {"accept": accept})).status_code == 200
