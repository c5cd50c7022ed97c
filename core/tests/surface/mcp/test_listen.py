"""Listen: who hears of what, and who does not."""

from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import Any

import httpx
import pytest

from core.tests.surface.mcp.fake import FakeEngine
from core.tests.surface.mcp.hear import SUBSCRIPTION, Radio, on_air
from core.tests.surface.mcp.live import until
from core.tests.surface.mcp.talk import Talk
from eyeot.declare.ids import uuid7
from eyeot.runtime.engine import Engine
from eyeot.surface.mcp import McpSettings
from eyeot.testing import Desk, House

needs_crm = pytest.mark.skipif(find_spec("eyeot_crm") is None, reason="needs the module crm")
QUICK = McpSettings(ping_every=0.1)
EVERYTHING = {
    "toolsListChanged": True,
    "promptsListChanged": True,
    "resourcesListChanged": True,
}


@pytest.fixture
async def radio(engine: Engine) -> AsyncIterator[Radio]:
    """The real engine on air."""
    async with on_air(engine, McpSettings()) as made:
        yield made


async def customer(call: Desk, name: str = "Boulangerie Petit") -> str:
    """The address of a new customer."""
    made = await call("crm.customer.create", name=name, kind="company")
    return f"eyeot://customers/{made['id']}"


async def renamed(call: Desk, uri: str, name: str) -> None:
    """Change a customer."""
    await call("crm.customer.update", id=uri.rpartition("/")[2], name=name)


@pytest.mark.parametrize("id", ["seven", 7])
async def test_the_first_message_says_what_is_honoured(
    radio: Radio, call: Desk, id: str | int
) -> None:
    async with radio.listen(call.key, id, **EVERYTHING, taskIds=["x"], other=True) as ear:
        first = await ear.next()

    assert ear.answer.headers["content-type"] == "text/event-stream"
    assert ear.answer.headers["x-accel-buffering"] == "no"
    assert first["method"] == "notifications/subscriptions/acknowledged"
    assert first["params"]["notifications"] == EVERYTHING
    assert first["params"]["_meta"] == {SUBSCRIPTION: id}


@needs_crm
async def test_a_change_is_heard_once_by_who_listens_to_it(radio: Radio, call: Desk) -> None:
    mine, other = await customer(call), await customer(call, "Garage Martin")
    async with radio.listen(call.key, resourceSubscriptions=[mine]) as ear:
        acknowledged = await ear.next()
        await renamed(call, other, "Garage Durand")
        await renamed(call, mine, "Boulangerie Grand")
        heard = await ear.next()
        party = (await call("crm.customer.get", id=mine.rpartition("/")[2]))["party_id"]
        await call("crm.party.update", id=party, trade_name="Le bon pain")
        inline = await ear.next()

    assert acknowledged["params"]["notifications"] == {"resourceSubscriptions": [mine]}
    assert heard == inline
    assert heard["method"] == "notifications/resources/updated"
    assert heard["params"] == {"uri": mine, "_meta": {SUBSCRIPTION: 1}}


@needs_crm
async def test_nobody_listens_to_what_they_may_not_read(
    radio: Radio, engine: Engine, call: Desk, house: House
) -> None:
    theirs = await customer(call)
    stranger = await House.open(engine)
    await stranger.person("spy", "owner")
    spy = await stranger.desk("crm:read", "crm:write", owner="spy")
    blind = await house.desk("core:read")
    await house.person("seller", "sales")
    own = await house.desk(role="sales", owner="seller")
    absent = "eyeot://customers/cus_00000000000000000000000000"

    for who in (spy, blind, own):
        wanted: dict[str, Any] = {
            "resourceSubscriptions": [theirs, absent, "file:///etc/passwd", ""]
        }
        async with radio.listen(who.key, **wanted, toolsListChanged=True) as ear:
            honoured = (await ear.next())["params"]["notifications"]
            assert honoured == {"toolsListChanged": True}
    assert not engine.feed._watched


@needs_crm
async def test_what_left_the_caller_s_reach_is_no_longer_heard_of(
    radio: Radio, call: Desk, house: House
) -> None:
    seller = await house.person("seller", "sales")
    other = await house.person("other", "sales")
    own = await house.desk(role="sales", owner="seller")
    kept, lost = await customer(call, "Gardé"), await customer(call, "Perdu")
    for uri in (kept, lost):
        await call("crm.customer.update", id=uri.rpartition("/")[2], owner_id=seller)
    async with radio.listen(own.key, resourceSubscriptions=[lost, kept]) as ear:
        honoured = (await ear.next())["params"]["notifications"]
        await call("crm.customer.update", id=lost.rpartition("/")[2], owner_id=other)
        await renamed(call, lost, "Perdu encore")
        await renamed(call, kept, "Bien gardé")
        heard = await ear.next()

    assert honoured == {"resourceSubscriptions": [lost, kept]}
    assert heard["params"]["uri"] == kept


async def test_a_stream_ends_with_its_credential(radio: Radio, call: Desk, house: House) -> None:
    made = await house.make_key("core:read")
    async with radio.listen(made["key"], **EVERYTHING) as ear:
        await ear.next()
        await call("core.api_key.revoke", id=made["id"], reason="stolen")
        last = await ear.next()

        assert last["id"] == 1
        assert last["error"]["data"]["code"] == "unauthenticated"
        assert await ear.ended()
    async with radio.listen(made["key"], **EVERYTHING) as ear:
        assert ear.answer.status_code == 401


@needs_crm
async def test_a_changed_role_changes_what_is_listed(
    radio: Radio, call: Desk, house: House
) -> None:
    await house.person("seller", "sales")
    own = await house.desk(role="sales", owner="seller")
    role = (await call("core.role.list", name="sales"))["items"][0]["id"]
    grant = {"id": role, "permission": "core:audit", "reach": "organisation"}
    async with (
        radio.listen(own.key, "tools", toolsListChanged=True) as tools,
        radio.listen(own.key, "none", resourcesListChanged=True) as resources,
    ):
        await tools.next()
        await resources.next()
        await house.operator.call("core.role.grant_permission", **grant)
        # A wider role widens no key: a person gives the key its role again.
        mine = await house.operator.call("core.api_key.list", shown_prefix=own.key[:12])
        (key,) = mine.result["items"]
        await house.operator.call("core.api_key.update", id=key["id"], role_id=role)
        assert (await tools.next())["method"] == "notifications/tools/list_changed"
        await house.operator.call("core.role.revoke_permission", id=role, permission="crm:read")
        await house.operator.call("core.role.revoke_permission", id=role, permission="crm:write")
        # The first that this one hears: the other changes were none of its concern.
        assert (await resources.next())["method"] == "notifications/resources/list_changed"


@needs_crm
async def test_a_module_switched_off_changes_every_list_of_its_organisation(
    radio: Radio, engine: Engine, call: Desk, house: House
) -> None:
    stranger = await House.open(engine)
    await stranger.person("owner", "owner")
    other = await stranger.desk("crm:read", "core:read", owner="owner")
    uri = await customer(call)
    async with (
        radio.listen(call.key, **EVERYTHING, resourceSubscriptions=[uri]) as ear,
        radio.listen(other.key, **EVERYTHING) as far,
    ):
        await ear.next()
        await far.next()
        # From the top: what stands on a module goes before it.
        for plugin in reversed(engine.catalogue.plugins):
            if plugin.name == "crm" or "crm" in plugin.requires or "sales" in plugin.requires:
                await house.operator.call("core.module.disable", id=plugin.name)
        changed = {
            "notifications/tools/list_changed",
            "notifications/prompts/list_changed",
            "notifications/resources/list_changed",
        }
        heard = set[str]()
        # Each module tells what of its own is gone, so a list may be told of more than once.
        while heard != changed:
            heard.add((await ear.next())["method"])
        await radio.address.close()

        rest = [await ear.next()]
        while "result" not in rest[-1]:
            rest.append(await ear.next())
        assert {one["method"] for one in rest[:-1]} <= changed
        assert "result" in await far.next()


async def test_another_organisation_s_changes_disturb_nobody(
    radio: Radio, engine: Engine, call: Desk, house: House
) -> None:
    stranger = await House.open(engine)
    async with radio.listen(call.key, **EVERYTHING) as ear:
        await ear.next()
        await stranger.person("new", "owner")
        await stranger.make_key("core:read")
        await house.make_key("core:read")
        await radio.address.close()
        last = await ear.next()

    assert last["result"]["resultType"] == "complete"
    assert last["result"]["_meta"][SUBSCRIPTION] == 1


async def test_a_client_that_leaves_leaves_nothing_behind(radio: Radio, call: Desk) -> None:
    async with radio.listen(call.key, **EVERYTHING) as ear:
        await ear.next()
        assert len(radio.address._listening._listeners) == 1
    await until(lambda: not radio.address._listening._listeners)
    assert radio.address._listening._timer is None


@pytest.mark.parametrize(
    "notifications",
    [
        None,
        [],
        {"toolsListChanged": "yes"},
        {"resourceSubscriptions": "eyeot://customers/x"},
        {"resourceSubscriptions": [5]},
        {"resourceSubscriptions": [f"eyeot://customers/{n}" for n in range(101)]},
    ],
)
async def test_a_malformed_wish_is_refused(radio: Radio, call: Desk, notifications: Any) -> None:
    async with httpx.AsyncClient(base_url=radio.base) as client:
        params = {} if notifications is None else {"notifications": notifications}
        answer = await Talk(client).modern("subscriptions/listen", params, key=call.key)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)
    assert answer.json()["id"] == 1


async def test_there_are_limits_and_they_are_told(fake: FakeEngine) -> None:
    settings = McpSettings(most_streams=3, most_streams_each=2)
    async with (
        on_air(fake, settings) as radio,
        radio.listen("eyk_all") as one,
        radio.listen("eyk_all") as two,
        radio.listen("eyk_all") as three,
        radio.listen("eyk_reads") as other,
        radio.listen("eyk_none") as last,
    ):
        found = [ear.answer.status_code for ear in (one, two, three, other, last)]
        assert found == [200, 200, 429, 200, 429]
        assert "retry-after" in three.answer.headers


async def test_signs_of_life_keep_a_stream_open(fake: FakeEngine) -> None:
    async with on_air(fake, QUICK) as radio, radio.listen("eyk_all") as ear:
        await ear.next()
        assert await ear.sign_of_life() == ": ping"
        assert await ear.sign_of_life() == ": ping"


async def test_a_commit_that_comes_late_is_heard_too(fake: FakeEngine) -> None:
    """Ids are given before commits are seen: a lower one may come after a higher."""
    uri = "eyeot://customers/cus_001"
    org = (await fake.authenticate("eyk_all", None)).org_id
    early, late = uuid7(fake.now), uuid7(fake.now)
    async with (
        on_air(fake, QUICK) as radio,
        radio.listen("eyk_all", resourceSubscriptions=[uri]) as ear,
    ):
        await ear.next()
        fake.outbox.append((org, late, "crm.customer/cus_001"))
        await fake.feed.read()
        assert (await ear.next())["params"]["uri"] == uri
        fake.outbox.append((org, early, "crm.customer/cus_001"))
        await fake.feed.read()
        assert (await ear.next())["params"]["uri"] == uri
        await fake.feed.read()
        await radio.address.close()
        assert "result" in await ear.next()
    assert fake.feed._task is None
