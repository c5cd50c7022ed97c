"""Stock: records on demand, so that every example of an action has one in the right state."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from eyeot.testing import Desk, House

_PLACEHOLDER = re.compile(r"\$([a-z][a-z0-9]*\.[a-z][a-z0-9_]*)(?:\?(\w+)=(\w+))?")
_STEPS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "": (),
    "new": (),
    "qualified": (("qualify", {}),),
    "disqualified": (("disqualify", {"reason": "no_budget"}),),
}


class Stock:
    """A house with a little trade, where each asked-for id is that of a fresh record."""

    def __init__(self, house: House, desk: Desk) -> None:
        self.house = house
        self.desk = desk
        self._made = 0
        self._makers: dict[str, Callable[[], Awaitable[str]]] = {
            "crm.customer": self.customer,
            "crm.contact": self.contact,
            "crm.party": self.party,
            "crm.pipeline": self.pipeline,
            "crm.stage": self.stage,
            "crm.opportunity": self.opportunity,
            "core.user": self.user,
            "core.team": self.team,
            "core.role": self.role,
            "core.api_key": self.api_key,
        }

    async def open(self) -> None:
        """What lists, counts and searches find, and the pipeline that deals need."""
        pipeline = await self.pipeline()
        await self.desk("crm.pipeline.update", id=pipeline, is_default=True)
        for _ in range(20):
            customer = await self.customer()
            await self.lead()
            await self.desk("crm.opportunity.create", name="Four", customer_id=customer)

    async def filled(self, value: Any) -> Any:
        """An example with an id in place of every `$kind?field=value`."""
        if isinstance(value, dict):
            return {name: await self.filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [await self.filled(one) for one in value]
        found = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        kind, field, wanted = found.groups()
        if kind == "crm.lead":
            return await self.lead(wanted or "")
        if kind not in self._makers or field not in (None, "status"):
            return await self.found(kind, {field: wanted} if field else {})
        return await self._makers[kind]()

    async def found(self, kind: str, conditions: dict[str, str]) -> str:
        """The id of a record that is there anyway."""
        page = await self.desk(f"{kind}.list", **conditions)
        return str(page["items"][0]["id"]) if page["items"] else f"no {kind}"

    def _number(self) -> int:
        self._made += 1
        return self._made

    async def _create(self, kind: str, /, **values: Any) -> str:
        return str((await self.desk(f"{kind}.create", **values))["id"])

    async def _by_operator(self, kind: str, /, **values: Any) -> str:
        return str((await self.house.operator.call(f"{kind}.create", **values)).result["id"])

    async def customer(self) -> str:
        address = {"line1": "1 rue de la Paix", "postcode": "69002", "city": "Lyon"}
        name = f"Boulangerie n° {self._number()}"
        return await self._create("crm.customer", name=name, addresses=[address])

    async def contact(self) -> str:
        customer = await self.customer()
        last_name = f"Durand{self._number()}"
        return await self._create(
            "crm.contact", customer_id=customer, first_name="Amélie", last_name=last_name
        )

    async def party(self) -> str:
        return await self._create("crm.party", name=f"Tiers {self._number()}")

    async def lead(self, status: str = "") -> str:
        company, person = f"Piste {self._number()}", "Karim Benali"
        made = await self._create(
            "crm.lead", title="Four", company_name=company, person_name=person
        )
        for step, values in _STEPS[status]:
            await self.desk(f"crm.lead.{step}", id=made, **values)
        return made

    async def pipeline(self) -> str:
        made = await self._create("crm.pipeline", name=f"Ventes {self._number()}")
        for name, kind in (
            ("Premier", "open"),
            ("Second", "open"),
            ("Gagné", "won"),
            ("Perdu", "lost"),
        ):
            await self._create("crm.stage", pipeline_id=made, name=name, kind=kind)
        return made

    async def stage(self) -> str:
        pipeline = await self.pipeline()
        return await self._create("crm.stage", pipeline_id=pipeline, name="Visite")

    async def opportunity(self) -> str:
        customer = await self.customer()
        return await self._create("crm.opportunity", name="Four", customer_id=customer)

    async def closed_opportunity(self) -> str:
        made = await self.opportunity()
        await self.desk("crm.opportunity.win", id=made)
        return made

    async def next_stage(self, opportunity: str) -> str:
        deal = await self.desk("crm.opportunity.get", id=opportunity)
        stages = await self.desk("crm.stage.list", pipeline_id=deal["pipeline_id"], kind="open")
        return str(next(one["id"] for one in stages["items"] if one["id"] != deal["stage_id"]))

    async def user(self) -> str:
        return await self.house.person(f"user{self._number()}", "sales")

    async def team(self) -> str:
        return await self._by_operator("core.team", name=f"Équipe {self._number()}")

    async def role(self) -> str:
        granted = [{"permission": "crm:write", "reach": "own"}]
        return await self._by_operator(
            "core.role", name=f"rôle {self._number()}", permissions=granted
        )

    async def api_key(self) -> str:
        return str((await self.house.make_key("crm:read"))["id"])
