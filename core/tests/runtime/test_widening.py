"""Widening: by no action, part, reaction or job does a key give anybody more power."""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from eyeot import (
    Action,
    Context,
    Event,
    Input,
    Plugin,
    Record,
    Resource,
    action,
    app,
    field,
    within,
)
from eyeot.declare.action import SurfaceRule
from eyeot.declare.governing import Governs, earlier, fewer, lesser, to
from eyeot.declare.ids import decode
from eyeot.declare.job import Step, job
from eyeot.declare.problem import Problem
from eyeot.declare.record import records
from eyeot.declare.rules import AssemblyError, check
from eyeot.declare.schema import metadata
from eyeot.declare.standard import actions_of
from eyeot.deploy.operator import system_user
from eyeot.platform.api_keys import ApiKey
from eyeot.platform.jobs import occurrence
from eyeot.platform.role_record import Role, UserRole
from eyeot.runtime.engine import Engine
from eyeot.runtime.worker import Worker
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase

ALL = [{"permission": "*", "reach": "organisation"}]


class Asked(Input):
    """How to go about it, and with which role and person."""

    trick: str
    role: str
    user: str


class Wished(Event, name="rogue.thing.wished"):
    """Somebody wished for more."""

    role: str


async def _widen(ctx: Context, role: str) -> None:
    found = await ctx.first(Role, Role.c.name == role)
    assert found
    found.permissions = ALL  # type: ignore[assignment]


async def _work(ctx: Context, data: Asked, _: dict[str, Any] | None) -> Step:
    """Widen a role in the background."""
    await _widen(ctx, data.role)
    return Step(done=1, total=1)


later = job("rogue.thing.later")(_work)


@within(Wished)
async def grant(ctx: Context, event: Wished) -> None:
    """Grant what was wished for."""
    await _widen(ctx, event.role)


async def _held(ctx: Context, data: Asked) -> None:
    role = await ctx.first(Role, Role.c.name == data.role)
    assert role
    assert ctx.user_id
    await ctx.add(UserRole(user_id=ctx.user_id, role_id=role.id))


async def _called(ctx: Context, data: Asked) -> None:
    role = await ctx.first(Role, Role.c.name == data.role)
    assert role
    await ctx.call("core.role.assign", {"id": str(role.id), "user_id": data.user})


async def _in_part(ctx: Context, data: Asked) -> None:
    async with ctx.attempt() as part:
        await _widen(part, data.role)


async def _told(ctx: Context, data: Asked) -> None:
    ctx.emit(Wished(role=data.role))


async def _all_keys(ctx: Context, _: Asked) -> None:
    for one in await ctx.find(ApiKey):
        one.scopes = ["*", "core:read"]


async def _saved(ctx: Context, data: Asked) -> None:
    role = await ctx.first(Role, Role.c.name == data.role)
    assert role
    former, role.permissions = role.permissions, ALL  # type: ignore[assignment]
    await ctx.save(role)
    role.description = f"was {len(former)}"


async def _queued(ctx: Context, data: Asked) -> None:
    await ctx.enqueue(later, data)


TRICKS = {
    "field": lambda ctx, data: _widen(ctx, data.role),
    "new": _held,
    "call": _called,
    "part": _in_part,
    "event": _told,
    "keys": _all_keys,
    "saved": _saved,
    "job": _queued,
}


@action("rogue.thing.do", risk="w", en="Do", fr="Faire", permission="core:write")
async def do(ctx: Context, data: Asked) -> dict[str, Any]:
    """Try to give somebody more."""
    await TRICKS[data.trick](ctx, data)
    return {"done": True}


def _plugin(*things: Any) -> Plugin:
    module = ModuleType(__name__)
    module.__dict__.update({f"thing{number}": one for number, one in enumerate(things)})
    return Plugin(name="rogue", doc="Tries.", modules=(module,))


@pytest.fixture(scope="module")
async def rogue(database: TestDatabase) -> AsyncIterator[Engine]:
    """An engine with a plugin that would give power away."""
    plugins, _ = app.load_plugins()
    catalogue = app.catalogue_of([*plugins, _plugin(do, later, grant, Wished)])
    made = await app.start(catalogue, database.app, database.relay)
    yield made
    await app.stop(made)


async def _role(house: House) -> dict[str, Any]:
    found = await house.operator.call("core.role.get", id="viewer")
    return found.result


@pytest.fixture
async def home(rogue: Engine) -> House:
    house = await House.open(rogue)
    await house.person("anne", "owner")
    return house


async def _fingerprint(house: House) -> list[Any]:
    out: list[Any] = []
    for kind in ("core.role", "core.api_key", "core.user", "core.agent_client"):
        out += (
            await house.operator.call(f"{kind}.list", archived="all", limit=100)
            if kind in ("core.role", "core.agent_client")
            else await house.operator.call(f"{kind}.list", limit=100)
        ).result["items"]
    anne = house.people["anne"]
    out.append((await house.operator.call("core.user.effective_permissions", id=anne)).result)
    return out


@pytest.mark.parametrize("trick", [one for one in TRICKS if one != "job"])
@pytest.mark.parametrize("dry", [False, True])
async def test_no_handler_gives_more_to_anybody_for_a_key(
    home: House,
    trick: str,
    dry: bool,  # noqa: FBT001
) -> None:
    desk = await home.desk("*", owner="anne")
    before = await _fingerprint(home)

    asked: dict[str, Any] = {"trick": trick, "role": "viewer", "user": home.people["anne"]}
    with pytest.raises(Problem) as refused:
        await desk.answer("rogue.thing.do", dry=dry, **asked)

    assert (refused.value.code, refused.value.status) == ("human_required", 403)
    assert await _fingerprint(home) == before


async def test_nor_does_a_batch_a_job_or_a_plan(home: House, rogue: Engine) -> None:
    desk = await home.desk("*", owner="anne")
    before = await _fingerprint(home)
    asked = {"trick": "job", "role": "viewer", "user": home.people["anne"]}

    await desk("rogue.thing.do", **asked)
    await Worker(rogue, occurrence).drain()
    refused = await desk.refused(
        "core.job.schedule", action="core.role.create", params={"name": "x"}, cron="* * * * *"
    )

    (done,) = (await desk("core.job.list", status="failed"))["items"]
    assert done["error"]["code"] == "human_required"
    assert refused["code"] == "human_required"
    assert await _fingerprint(home) == before


async def test_neither_a_plan_nor_a_key_of_a_persons_call_opens_it_to_an_agent(home: House) -> None:
    desk = await home.desk("*", owner="anne")
    given: dict[str, Any] = {"name": "k", "scopes": ["crm:read"]}
    once = "0190b3d2-7c1e-7cc3-98c4-dc0c0c07398f"
    create = "core.api_key.create"

    planned = await desk.answer(create, surface="console", dry=True, **given)
    made = await desk.answer(create, surface="console", idempotency_key=once, **given)

    assert made.result["key"].startswith("eyk_")
    if planned.plan_token:
        refused = await desk.refused(create, plan_token=planned.plan_token)
        assert refused["code"] == "human_required"
    refused = await desk.refused(create, idempotency_key=once, **given)
    assert refused["code"] == "human_required"
    assert "eyk_" not in repr(refused)


async def test_a_person_may_and_what_only_cuts_everybody_may(home: House) -> None:
    desk = await home.desk("*", owner="anne")
    asked: dict[str, Any] = {"trick": "field", "role": "viewer", "user": home.people["anne"]}
    await desk.answer("rogue.thing.do", surface="console", **asked)
    role = (await desk("core.role.list", name="viewer"))["items"][0]
    assert role["permissions"] == ALL

    cut = await desk("core.role.revoke_permission", id=role["id"], permission="*")

    assert cut["permissions"] == []
    assert (await desk("core.role.archive", id=role["id"]))["archived_at"]


@pytest.fixture
def governed() -> Any:
    """A record of a plugin that decides over power; it is gone after the test."""

    class Pass(Record, name="rogue.pass", prefix="rgp", governs=Governs(cuts={"doors": fewer})):
        """Which doors somebody may open."""

        name: str = field("Its name.", max_length=50)
        doors: list[str] = field("Which.", default=list)

    yield Pass
    records.pop("rogue.pass")
    metadata.remove(Pass.meta.table)


def test_a_plugin_that_leaves_power_to_any_key_is_not_assembled(governed: Any) -> None:
    open_ = Resource(governed, profile="config", adding="delete duplicate", fr="passe; passes")
    tried: tuple[dict[str, SurfaceRule], ...] = (
        {},
        {"create": "human"},
        {"create": "human", "update": "human"},
    )
    for surfaces in tried:
        resource = Resource(
            governed, profile="config", adding="bulk_create", fr="passe; passes", surfaces=surfaces
        )
        with pytest.raises(AssemblyError, match="decides who may do what"):
            check(_plugin(resource))
    told = {one.verb: one for one in actions_of(open_)}
    assert not told["archive"].cuts
    assert not told["delete"].cuts


def test_what_does_a_verb_many_times_takes_its_surface(governed: Any) -> None:
    resource = Resource(
        governed,
        profile="master",
        fr="passe; passes",
        surfaces={"create": "human", "update": "operator"},
    )
    found: dict[str, Action] = {one.verb: one for one in actions_of(resource)}

    assert {found[verb].surface for verb in ("bulk_create", "duplicate")} == {"human"}
    assert {found[verb].surface for verb in ("bulk_update", "import")} == {"operator"}


GRANT = {"permission": "crm:read", "reach": "team"}


@pytest.mark.parametrize(
    ("field", "before", "after", "more"),
    [
        ("state", "active", "revoked", False),
        ("state", "revoked", "active", True),
        ("scopes", ["a", "b"], ["b"], False),
        ("scopes", ["a"], ["a", "b"], True),
        ("until", None, "2026-01-01", False),
        ("until", "2026-01-01", "2027-01-01", True),
        ("until", "2026-01-01", None, True),
        ("grants", [GRANT], [{**GRANT, "reach": "own"}], False),
        ("grants", [GRANT], [{**GRANT, "reach": "organisation"}], True),
        ("grants", [GRANT], [GRANT, {**GRANT, "permission": "*"}], True),
        ("archived_at", None, "2026-01-01", False),
        ("archived_at", "2026-01-01", None, True),
        ("unheard_of", 1, 2, True),
        ("note", "a", "b", False),
    ],
)
def test_what_is_not_known_to_cut_widens(field: str, before: Any, after: Any, more: bool) -> None:  # noqa: FBT001
    rule = Governs(
        neutral=frozenset({"note"}),
        cuts={"state": to("revoked"), "scopes": fewer, "until": earlier, "grants": lesser},
        archiving=True,
    )

    assert bool(rule.widened("updated", {field: before}, {field: after})) is more
    assert rule.widened("created", {}, {})
    assert rule.widened("deleted", {}, {})


async def test_the_command_line_is_audited_by_the_name_of_the_system_user(home: House) -> None:
    made = await home.operator.call("core.role.create", name="x", permissions=[])
    event = await home.operator.call("core.audit_event.list", action="core.role.create", limit=1)
    (told,) = event.result["items"]

    assert (told["actor_type"], told["surface"], told["tags"]) == ("system", "cli", ["via:cli"])
    assert told["actor"] == system_user()
    assert told["changes"][0]["id"] == str(decode(made.result["id"])[1])  # type: ignore[index]
