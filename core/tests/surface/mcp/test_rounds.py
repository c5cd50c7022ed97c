"""Rounds: what is asked in between, and everything a client may try with the state it is given."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.tests.surface.mcp.asklab import PNG, plugin
from core.tests.surface.mcp.talk import PREFIX, Talk
from eyeot import app
from eyeot.runtime.engine import Engine
from eyeot.surface.mcp import McpApp, McpSettings
from eyeot.surface.rest import RestApp
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting

CAN: dict[str, Any] = {f"{PREFIX}clientCapabilities": {"elicitation": {}}}
SECRET, OLDER = b"a" * 32, b"b" * 32
INVALID = (400, -32602, "invalid_request_state")


@pytest.fixture(scope="module")
async def asking(database: TestDatabase) -> AsyncIterator[Engine]:
    """An engine where the module is installed too."""
    catalogue = app.catalogue_of([*app.load_plugins()[0], plugin()])
    made = await app.start(
        catalogue, database.app, database.relay, public_url="http://localhost", licensing=trusting()
    )
    yield made
    await app.stop(made)


@pytest.fixture
async def home(asking: Engine) -> House:
    """A house on that engine."""
    made = await House.open(asking)
    await made.person("owner", "owner")
    return made


@pytest.fixture
async def key(home: House) -> Desk:
    """A key of that house."""
    return await home.desk("core:admin", "core:read", "core:audit", owner="owner")


def talking(engine: Engine, *secrets: bytes) -> Talk:
    """A way to talk to a worker that has these secrets."""
    address = McpApp(engine, McpSettings(secrets=secrets))
    transport = httpx.ASGITransport(app=address)
    return Talk(httpx.AsyncClient(transport=transport, base_url="http://localhost"))


async def call(talk: Talk, key: Desk, /, tool: str = "ask_make", **params: Any) -> httpx.Response:
    """A tool call of a client that can be asked."""
    params = {"name": tool, "arguments": {}, **params}
    return await talk.modern("tools/call", params, key=key.key, **CAN)


async def asked(talk: Talk, key: Desk, **params: Any) -> str:
    """The state that comes with the question."""
    found = (await call(talk, key, **params)).json()["result"]
    assert found["resultType"] == "input_required"
    assert found["inputRequests"]["sure"]["method"] == "elicitation/create"
    state: str = found["requestState"]
    return state


def yes(state: Any, **content: Any) -> dict[str, Any]:
    """The answer to the question."""
    agreed = {"action": "accept", "content": {"ok": True, **content}}
    return {"inputResponses": {"sure": agreed}, "requestState": state}


def told(answer: httpx.Response) -> tuple[int, int, str]:
    """Status, code and reason of an error."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["data"]["reason"]


async def made(key: Desk) -> int:
    """How often it was really done."""
    events = await key("core.audit_event.list", action_in=["asklab.role.make"], outcome="ok")
    return len(events["items"])


async def test_an_answer_lets_the_call_go_on_once(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)
    assert await made(key) == 0

    done = (await call(talk, key, **yes(state, why="because"))).json()["result"]
    again = await call(talk, key, **yes(state))

    assert done["structuredContent"] == {"did": "made asked, because"}
    assert told(again) == (400, -32602, "spent_request_state")
    assert await made(key) == 1
    events = await key("core.audit_event.list", action_in=["asklab.role.make"], outcome="ok")
    event = await key("core.audit_event.get", id=events["items"][0]["id"])
    assert event["input"]["input_responses"]["sure"]["content"]["why"] == "because"


async def test_a_key_settles_a_call_that_asked(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    keyed: dict[str, Any] = {"arguments": {"idempotency_key": str(uuid4())}}
    state = await asked(talk, key, **keyed)

    done = (await call(talk, key, **keyed, **yes(state, why="because"))).json()["result"]
    again = (await call(talk, key, **keyed, **yes(state, why="because"))).json()["result"]
    otherwise = (await call(talk, key, **keyed, **yes(state, why="but"))).json()["result"]

    assert again["structuredContent"] == done["structuredContent"]
    assert again["_meta"]["eyeot/replayed"] is True
    assert otherwise["structuredContent"]["error"]["code"] == "idempotency_conflict"
    assert await made(key) == 1


async def test_two_answers_at_once_write_once(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)
    answers = await asyncio.gather(*(call(talk, key, **yes(state)) for _ in range(4)))

    assert sorted("result" in one.json() for one in answers) == [False, False, False, True]
    assert await made(key) == 1


async def test_an_answer_nobody_asked_for_is_no_answer(asking: Engine, key: Desk) -> None:
    unasked = yes("")
    del unasked["requestState"]

    assert await asked(talking(asking, SECRET), key, **unasked)
    assert await made(key) == 0


async def test_an_answer_counts_for_the_words_that_were_shown(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    calls = [{"action": "asklab.role.make", "arguments": {"name": n}} for n in ("one", "two")]
    batch: dict[str, Any] = {"tool": "eyeot_call", "arguments": {"calls": calls}}

    first = (await call(talk, key, **batch)).json()["result"]
    second = (await call(talk, key, **batch, **yes(first["requestState"]))).json()["result"]
    done = (await call(talk, key, **batch, **yes(second["requestState"]))).json()["result"]
    replayed = await call(talk, key, **batch, **yes(first["requestState"]))
    branched = replayed.json()["result"]["requestState"]

    asked_for = [one["inputRequests"]["sure"]["params"]["message"] for one in (first, second)]
    assert asked_for == ["Make one?", "Make two?"]
    assert [one["result"]["did"] for one in done["structuredContent"]["results"]] == [
        "made one, ",
        "made two, ",
    ]
    # Going back to the first question and on from there is no way to a second write.
    again = await call(talk, key, **batch, **yes(branched))
    assert told(again) == (400, -32602, "spent_request_state")


async def test_a_preview_spends_nothing(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    preview: dict[str, Any] = {"arguments": {"dry_run": True}}
    state = await asked(talk, key, **preview)
    for _ in range(2):
        found = (await call(talk, key, **preview, **yes(state))).json()["result"]
        assert found["structuredContent"]["dry_run"] is True
    assert await made(key) == 0


async def test_a_refusal_by_the_person_is_told(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)
    declined: dict[str, Any] = {
        "inputResponses": {"sure": {"action": "decline"}},
        "requestState": state,
    }
    found = (await call(talk, key, **declined)).json()["result"]

    assert found["isError"] is True
    assert found["structuredContent"]["error"]["code"] == "declined"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: state + "-TAMPERED",
        lambda state: state[:-3] + ("AAA" if state[-3:] != "AAA" else "BBB"),
        lambda state: state.replace("v1.", "v2."),
        lambda state: state[:30],
        "",
        "v1.",
        "v1.é\x00",
        "v1." + "A" * 100_000,
        5,
        lambda state: {"state": state},
    ],
)
async def test_a_state_that_was_changed_is_refused(asking: Engine, key: Desk, spoil: Any) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)

    assert told(await call(talk, key, **yes(spoil(state) if callable(spoil) else spoil))) == INVALID
    assert await made(key) == 0


async def test_a_state_is_good_for_its_own_call_only(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)
    other: dict[str, Any] = {"arguments": {"name": "everything"}}

    assert told(await call(talk, key, **other, **yes(state))) == INVALID
    assert told(await call(talk, key, "ask_remake", **yes(state))) == INVALID


async def test_a_state_is_good_for_its_own_credential_only(
    asking: Engine, home: House, key: Desk
) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)
    colleague = await home.desk("core:admin")
    stranger = await (await House.open(asking)).desk("core:admin")

    for other in (stranger, colleague):
        assert told(await call(talk, other, **yes(state))) == INVALID


async def test_a_state_ends_after_ten_minutes(
    asking: Engine, key: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)
    now = asking.clock()
    monkeypatch.setattr(asking, "clock", lambda: now + timedelta(minutes=11))

    assert told(await call(talk, key, **yes(state))) == INVALID


async def test_workers_share_secrets_and_secrets_can_be_renewed(asking: Engine, key: Desk) -> None:
    state = await asked(talking(asking, OLDER), key)

    assert told(await call(talking(asking, SECRET), key, **yes(state))) == INVALID
    assert told(await call(talking(asking), key, **yes(state))) == INVALID
    done = await call(talking(asking, SECRET, OLDER), key, **yes(state))
    assert done.json()["result"]["structuredContent"]["did"].startswith("made")


async def test_a_malformed_answer_is_an_error_and_a_wrong_one_is_asked_again(
    asking: Engine, key: Desk
) -> None:
    talk = talking(asking, SECRET)
    state = await asked(talk, key)
    malformed: tuple[Any, ...] = (5, [], {"sure": 5}, {"sure": "yes"}, None)
    for wrong in malformed:
        answer = await call(talk, key, inputResponses=wrong, requestState=state)
        assert answer.json()["error"]["code"] == -32602
    unfit = {"sure": {"action": "accept", "content": {"ok": "perhaps"}}}
    assert await asked(talk, key, inputResponses=unfit, requestState=state)


@pytest.mark.parametrize(
    "can",
    [{}, {"sampling": {}}, {"elicitation": {"url": {}}}, {"elicitation": True}, {"elicitation": 5}],
)
async def test_only_what_a_client_declared_is_asked_of_it(
    asking: Engine, key: Desk, can: dict[str, Any]
) -> None:
    meta = {f"{PREFIX}clientCapabilities": can}
    params = {"name": "ask_make", "arguments": {}}
    answer = await talking(asking, SECRET).modern("tools/call", params, key=key.key, **meta)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32021)
    assert answer.json()["error"]["data"]["requiredCapabilities"] == {"elicitation": {}}


async def test_callers_who_cannot_be_asked_are_told_so(asking: Engine, key: Desk) -> None:
    talk = talking(asking, SECRET)
    params = {"name": "ask_make", "arguments": {}}
    legacy = (await talk.legacy("tools/call", params, key=key.key)).json()["result"]
    plain = await talk.plain("tools/call", params, key=key.key)
    transport = httpx.ASGITransport(app=RestApp(asking))
    headers = {"authorization": f"Bearer {key.key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers=headers
    ) as http:
        rest = await http.post("/api/v1/actions/asklab.role.make", json={})

    assert legacy["isError"] is True
    assert legacy["structuredContent"]["error"]["code"] == "input_required"
    assert (plain.status_code, plain.json()["error"]["code"]) == (428, 42801)
    assert (rest.status_code, rest.json()["code"]) == (428, "input_required")
    assert "state" not in rest.json()


async def test_an_answer_may_show_more_than_data(asking: Engine, key: Desk) -> None:
    talk = talking(asking)
    found = await talk.tool("draw", key=key.key)
    text, image, link = found["content"]

    assert (text["type"], image["type"], link["type"]) == ("text", "image", "resource_link")
    assert image["data"] == "iVBORw==" and PNG == b"\x89PNG"  # noqa: PT018
    assert link["uri"] == "https://eyeot.example/chart"
    assert found["structuredContent"] == {"did": "drawn"}
    transport = httpx.ASGITransport(app=RestApp(asking))
    headers = {"authorization": f"Bearer {key.key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers=headers
    ) as http:
        assert (await http.get("/api/v1/actions/asklab.chart.draw")).json() == {"did": "drawn"}
