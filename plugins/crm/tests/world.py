"""World: rows of every owner and team, and who should see which, computed apart from the product."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from eyeot.runtime.engine import Engine
from eyeot.testing import Desk, House

WORD = "Zebra"
TEAMS = {"lyon": ("boris", "carl"), "paris": ("eve", "carl")}
PEOPLE = ("anne", "boris", "carl", "dora", "eve")
LEVELS = {"own": "sales", "team": "sales_manager", "organisation": "accountant"}


@dataclass
class World:
    """Rows by kind: id → what decides who sees it."""

    house: House
    call: Desk
    people: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    deals: dict[str, dict[str, Any]] = field(default_factory=dict)
    parties: list[str] = field(default_factory=list)
    pipeline: str = ""

    def desk(self, level: str, person: str) -> Any:
        """A desk with a role of this level on behalf of a person."""
        return self.house.desk(role=LEVELS[level], owner=person)

    def seen(self, kind: str, level: str, person: str) -> set[str]:
        """The ids of a kind that a person sees at a level."""
        found: set[str] = getattr(self, f"_{kind.partition('.')[2]}")(level, person)
        return found

    def _owned(self, row: dict[str, Any], level: str, person: str) -> bool:
        if level == "organisation" or row["owner"] == person:
            return True
        mine = {team for team, members in TEAMS.items() if person in members}
        mates = {one for team in mine for one in TEAMS[team]}
        return level == "team" and (row["owner"] in mates or row.get("team") in mine)

    def _customer(self, level: str, person: str) -> set[str]:
        return {i for i, row in self.customers.items() if self._owned(row, level, person)}

    def _lead(self, level: str, person: str) -> set[str]:
        return {i for i, row in self.leads.items() if self._owned(row, level, person)}

    def _opportunity(self, level: str, person: str) -> set[str]:
        return {i for i, row in self.deals.items() if self._owned(row, level, person)}

    def _contact(self, level: str, person: str) -> set[str]:
        if level == "organisation":
            return set(self.contacts)
        mine = self._customer(level, person)
        return {i for i, row in self.contacts.items() if row["customer"] in mine}

    def _party(self, level: str, person: str) -> set[str]:
        if level == "organisation":
            return set(self.parties)
        held = {self.customers[i]["party"] for i in self._customer(level, person)}
        return held | {self.contacts[i]["party"] for i in self._contact(level, person)}


async def populate(engine: Engine) -> World:
    """Make a world: every owner with every team."""
    house = await House.open(engine)
    await house.person("owner", "owner")
    scopes = sorted({one.needs for one in engine.catalogue.actions.values()})
    world = World(house, await house.desk(*scopes, owner="owner"))
    for person in PEOPLE:
        world.people[person] = await house.person(person)
    for team, members in TEAMS.items():
        made = (await house.operator.call("core.team.create", name=team)).result["id"]
        world.teams[team] = made
        for one in members:
            user = world.people[one]
            await house.operator.call("core.team.add_member", id=made, user_id=user)
    await _pipeline(world)
    pairs = itertools.product((*PEOPLE, None), (*TEAMS, None))
    for number, (whose, where) in enumerate(pairs):
        await _rows(world, number, whose, where)
    await _strays(world)
    return world


async def _pipeline(world: World) -> None:
    made = await world.call("crm.pipeline.create", name="Ventes", is_default=True)
    world.pipeline = made["id"]
    await world.call("crm.stage.create", pipeline_id=world.pipeline, name="Contact")


def siren(number: int) -> str:
    """A SIREN with a right key."""
    body = f"{50_000_000 + number:08}"
    doubled = [int(d) * (1 + at % 2) for at, d in enumerate(body)]
    total = sum(d - 9 if d > 9 else d for d in doubled)
    return body + str(-total % 10)


async def _rows(world: World, number: int, owner: str | None, team: str | None) -> None:
    call = world.call
    owned = {
        "owner_id": world.people[owner] if owner else None,
        "team_id": world.teams[team] if team else None,
    }
    customer = await call(
        "crm.customer.create", name=f"{WORD} client {number}", siren=siren(number), **owned
    )
    # A customer made without an owner is its maker's; nobody's is what is tried here.
    await call("crm.customer.update", id=customer["id"], **owned)
    facts = {"owner": owner, "team": team, "party": customer["party_id"], "siren": siren(number)}
    world.customers[customer["id"]] = facts
    contact = await call(
        "crm.contact.create", customer_id=customer["id"], first_name=WORD, last_name=f"n° {number}"
    )
    world.contacts[contact["id"]] = {"customer": customer["id"], "party": contact["party_id"]}
    world.parties += [customer["party_id"], contact["party_id"]]
    deal = await call(
        "crm.opportunity.create", name=f"{WORD} deal {number}", customer_id=customer["id"]
    )
    # A deal of one's own with somebody else's customer, so that reach is each row's own.
    shifted = PEOPLE[number % len(PEOPLE)] if number % 4 else None
    mine = {**owned, "owner_id": world.people[shifted] if shifted else None}
    await call("crm.opportunity.update", id=deal["id"], **mine)
    world.deals[deal["id"]] = {"owner": shifted, "team": team, "customer": customer["id"]}
    if team is None:
        lead = await call("crm.lead.create", title=f"{WORD} lead {number}", company_name="X")
        await call("crm.lead.update", id=lead["id"], owner_id=owned["owner_id"])
        await call("crm.lead.qualify", id=lead["id"])
        world.leads[lead["id"]] = {"owner": owner}


async def _strays(world: World) -> None:
    party = await world.call("crm.party.create", name=f"{WORD} supplier")
    world.parties.append(party["id"])
    contact = await world.call("crm.contact.create", first_name=WORD, last_name="nowhere")
    world.contacts[contact["id"]] = {"customer": None, "party": contact["party_id"]}
    world.parties.append(contact["party_id"])
