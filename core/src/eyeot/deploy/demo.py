"""Demo: a company to try everything on, made by running actions under a simulated clock."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from eyeot.declare.ids import decode
from eyeot.deploy.operator import Operator, everything, open_organisation, register
from eyeot.deploy.settings import new_password
from eyeot.runtime.engine import Engine, wall_clock
from eyeot.runtime.request import Caller, Request
from eyeot.storage.pool import taken

SLUG, EXPIRED = "demo", "demo-expired"
FILE = "demo.json"
DAYS = 365
Say = Callable[[str], None]


@dataclass
class Demo:
    """What a plugin's loader works with: people and ids by key, and actions at a moment of the past."""

    engine: Engine
    operator: Operator
    now: datetime
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    calls: int = 0

    async def person(
        self, key: str, *, email: str, name: str, roles: list[str], at: datetime
    ) -> None:
        """Register a member of staff."""
        self.engine.clock = lambda: at
        self.ids[key] = await register(self.operator, email, name, roles, None)
        self.people[key] = (self.ids[key], name)

    async def call(self, action: str, *, by: str, at: datetime, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff, at a moment of the past."""
        self.engine.clock = lambda: at
        given = {name: value for name, value in arguments.items() if value is not None}
        request = Request(action=action, arguments=given, caller=self._caller(by), surface="cli")
        self.calls += 1
        return (await self.engine.execute(request)).result

    def _caller(self, by: str) -> Caller:
        user_id, name = self.people[by]
        found = decode(user_id)
        assert found
        return Caller(
            org_id=self.operator.org_id,
            org_slug=self.operator.slug,
            org_name=self.operator.name,
            actor_type="user",
            actor=name,
            access=everything(self.engine.catalogue),
            user_id=found[1],
            via="cli",
        )


async def exists(engine: Engine) -> bool:
    """Whether the demo company is there."""
    async with taken(engine.database.relay) as connection:
        found = await connection.fetchval(
            "SELECT count(*) FROM eyeot_organisation WHERE slug = $1", SLUG
        )
    return bool(found)


async def load(engine: Engine, data_dir: Path, endpoint: str, say: Say) -> None:
    """Make the demo company and leave its access in `demo.json`."""
    now = wall_clock()
    start = now - timedelta(days=DAYS + 45)
    engine.clock = lambda: start
    operator = await open_organisation(engine, SLUG, legal_name="Démo SAS")
    demo = Demo(engine, operator, now)
    say("Loading the demo company…")
    for plugin in engine.catalogue.plugins:
        if plugin.demo:
            await plugin.demo(demo)
    engine.clock = wall_clock
    told = await _access(engine, operator)
    _write(data_dir / FILE, {"endpoint": endpoint, **told})
    say(f"{demo.calls} actions of a year's trade were run.")


async def _access(engine: Engine, operator: Operator) -> dict[str, Any]:
    """An administrator, a key for an agent, and a second company whose pack has run out."""
    email, password = "admin@demo.example", new_password()
    admin = await register(operator, email, "Administration Démo", ["owner"], password)
    scopes = sorted({one.needs for one in engine.catalogue.actions.values()})
    key = await operator.call(
        "core.api_key.create", name="Demo agent", made_for="agent", scopes=scopes, owner_id=admin
    )
    other = await open_organisation(engine, EXPIRED, legal_name="Démo Expirée SARL")
    other_admin = await register(
        other, "admin@demo-expired.example", "Administration", ["owner"], new_password()
    )
    other_key = await other.call(
        "core.api_key.create",
        name="Demo agent",
        made_for="agent",
        scopes=scopes,
        owner_id=other_admin,
    )
    return {
        "org": SLUG,
        "key": key.result["key"],
        "admin": {"email": email, "password": password},
        "expired": {"org": EXPIRED, "key": other_key.result["key"]},
    }


def _write(path: Path, told: dict[str, Any]) -> None:
    """Write the file for its owner's eyes only, whole or not at all."""
    draft = path.with_suffix(".part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(told, file, indent=2, ensure_ascii=False)
    draft.replace(path)


def settled(data_dir: Path, endpoint: str) -> dict[str, Any]:
    """The access, with the address under which this start answers."""
    path = data_dir / FILE
    told: dict[str, Any] = json.loads(path.read_text())
    if told.get("endpoint") != endpoint:
        told["endpoint"] = endpoint
        _write(path, told)
    return told
