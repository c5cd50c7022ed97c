"""Refused here: what the address itself refuses to a known caller is audited too."""

from typing import Any

import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.talk import Talk
from eyeot.declare.problem import Problem, Unavailable
from eyeot.runtime.request import Request

CREATE = "crm.customer.create"


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("eyeot_read", {"action": CREATE, "arguments": {}}, (CREATE, "invalid")),
        ("eyeot_call", {"arguments": {"name": "x"}}, ("eyeot_call", "invalid")),
        ("eyeot_call", {"action": CREATE, "arguments": {"name": "\x00"}}, (CREATE, "invalid")),
        ("create_customer", {"name": "x", "dry_run": "maybe"}, (CREATE, "invalid")),
        ("create_customer", "{", ("create_customer", "invalid")),
        ("fly", {"to": "the moon"}, ("fly", "not_found")),
    ],
)
async def test_what_never_reaches_the_engine_is_audited(
    talk: Talk, fake: FakeEngine, tool: str, arguments: Any, told: tuple[str, str]
) -> None:
    await talk.modern("tools/call", {"name": tool, "arguments": arguments})

    assert fake.lab.requests == []
    [(request, code)] = fake.lab.refused
    assert (request.action, code) == told
    assert (request.tool, request.caller.actor) == (tool, "eyk_all")


async def test_a_header_that_says_neither_is_refused_and_audited(
    talk: Talk, fake: FakeEngine
) -> None:
    call = {"name": "create_customer", "arguments": {"name": "x"}}
    answer = await talk.plain("tools/call", call, headers={"X-Dry-Run": "maybe"})

    assert answer.status_code == 422
    assert fake.lab.requests == []
    assert [code for _, code in fake.lab.refused] == ["invalid"]


async def test_what_the_engine_refuses_is_audited_by_the_engine_alone(
    talk: Talk, fake: FakeEngine
) -> None:
    await talk.tool("eyeot_call", {"action": "crm.customer.fly"})

    assert fake.lab.refused == []


async def test_help_is_not_audited(talk: Talk, fake: FakeEngine) -> None:
    await talk.tool("eyeot_help", {"limit": 0, "query": "x"})

    assert fake.lab.refused == []


async def test_a_refusal_that_cannot_be_audited_is_not_answered(
    talk: Talk, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_: Request, __: Problem) -> None:
        raise Unavailable

    monkeypatch.setattr(fake, "refuse", down)
    found = await talk.tool("eyeot_read", {"action": CREATE})

    assert found["structuredContent"]["error"]["code"] == "unavailable"
