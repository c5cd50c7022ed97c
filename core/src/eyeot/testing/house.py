"""House: an organisation made for one test, with people and keys on demand."""

import itertools
import os
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from eyeot.deploy.operator import Operator, open_organisation, register
from eyeot.runtime.engine import Engine
from eyeot.testing.desk import Desk
from eyeot.testing.licence import KEY, signed_for

_numbers = itertools.count(1)


@dataclass
class House:
    """One organisation: every test has its own, so none sees another's rows."""

    engine: Engine
    operator: Operator
    people: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def open(
        cls, engine: Engine, name: str = "Maison Test SARL", *, seats: int = 1000
    ) -> "House":
        """Open an organisation, with a licence for so many people; 0: without, on the individual plan."""
        slug = f"t{os.getpid()}-{next(_numbers)}"
        house = cls(engine, await open_organisation(engine, slug, legal_name=name))
        if seats:
            await house.license(seats=seats)
        return house

    async def license(self, **more: Any) -> None:
        """Install a licence that only tests trust."""
        self.engine.credentials.licensing.trust(KEY)
        text = signed_for(self.org_id, **more)
        await self.operator.call("core.licence.activate", key=text)

    @property
    def org_id(self) -> UUID:
        """Its id."""
        return self.operator.org_id

    async def person(self, name: str, *roles: str) -> str:
        """A person with roles; their id."""
        email = f"{name}@{self.operator.slug}.example"
        made = await register(self.operator, email, name.title(), list(roles), None)
        self.people[name] = made.id
        return self.people[name]

    async def make_key(
        self, *scopes: str, role: str = "", owner: str = "", **more: Any
    ) -> dict[str, Any]:
        """A service key: scopes, or a role, on behalf of a person.

        Tests cite ids that they know from elsewhere, so nothing holds it to what it read, unless
        `provenance` says so.
        """
        given: dict[str, Any] = {"name": f"key {next(_numbers)}", "scopes": list(scopes), **more}
        given.setdefault("provenance", "off")
        if role:
            found = await self.operator.call("core.role.list", name=role)
            given["role_id"] = found.result["items"][0]["id"]
        if owner:
            given["owner_id"] = self.people[owner]
        return (await self.operator.call("core.api_key.create", **given)).result

    async def desk(self, *scopes: str, role: str = "", owner: str = "", **more: Any) -> Desk:
        """A desk behind a fresh key."""
        made = await self.make_key(*scopes, role=role, owner=owner, **more)
        caller = await self.engine.authenticate(made["key"], None)
        return Desk(self.engine, caller, made["key"])
