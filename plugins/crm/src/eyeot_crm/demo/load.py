"""Load: replays the demo company's year as actions, each by its author and at its time."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from eyeot_crm.demo.agenda import plan
from eyeot_crm.demo.ambitions import aim, compete, winner
from eyeot_crm.demo.loose import leave
from eyeot_crm.demo.marketing import market
from eyeot_crm.demo.model import Event
from eyeot_crm.demo.year import Year, year

_SENIORITY = {
    "owner": "executive",
    "executive": "executive",
    "manager": "manager",
    "employee": "junior",
}

_FAIR_A_MONTH = Decimal(480)
_CHANNELS = {"web": "website", "outbound": "cold_call"}


class Demo(Protocol):
    """What the core gives a loader."""

    ids: dict[str, str]
    now: Any

    async def person(self, key: str, *, email: str, name: str, roles: list[str], at: Any) -> None:
        """Register a member of staff."""

    async def call(self, action: str, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""


async def load(demo: Demo) -> None:
    """Replay the year."""
    told = year(demo.now.date())
    replay = Replay(demo, told)
    for event in told.events():
        await replay.run(event)
        if event.kind == "user.create" and event.creates == (told.staff[-1].key,):
            await replay.settle_in(event)
    await plan(demo, demo.ids, told.opportunities)
    await leave(demo, told.staff[0].key)
    await market(demo, told.staff[0].key, told.opportunities)
    sellers = [one.key for one in told.staff if one.role == "sales"]
    await aim(demo, told.staff[0].key, told.opportunities, sellers)


class Replay:
    """Turns events into actions, and their keys into ids."""

    def __init__(self, demo: Demo, told: Year) -> None:
        self.demo = demo
        self.told = told
        self.sources = {one.key: one.name for one in told.sources}
        self.roles = {one.key: one.role_in_purchase for one in told.contacts}
        self.leaders = {one.lead for one in told.teams}
        self.reasons = {one.key: one.kind for one in told.lost_reasons}
        self.kinds: dict[str, Callable[[Event, Mapping[str, Any]], Awaitable[None]]] = {
            "user.create": self._user,
            "team.create": self._team,
            "pipeline.create": self._pipeline,
            "stage.create": self._stage,
            "lead_source.create": self._source,
            "lost_reason.create": self._reason,
            "party.create": self._party,
            "customer.create": self._customer,
            "customer.set_lifecycle": self._lifecycle,
            "contact.create": self._contact,
            "lead.create": self._lead,
            "lead.contact": self._contacted,
            "lead.qualify": self._qualified,
            "lead.convert": self._converted,
            "lead.disqualify": self._disqualified,
            "opportunity.create": self._opportunity,
            "opportunity.move_stage": self._moved,
            "opportunity.win": self._won,
            "opportunity.lose": self._lost,
        }

    async def run(self, event: Event) -> None:
        """Run one event's actions; kinds that this version has no resource for are left out."""
        replay = self.kinds.get(event.kind)
        if replay:
            payload: Mapping[str, Any] = event.payload
            await replay(event, payload)

    async def _do(self, event: Event, action: str, **arguments: Any) -> dict[str, Any]:
        made = await self.demo.call(action, by=event.actor, at=event.at, **arguments)
        if event.creates:
            self.demo.ids[event.creates[-1]] = made["id"]
        return made

    def _id(self, key: str | None) -> str | None:
        return self.demo.ids[key] if key else None

    async def settle_in(self, event: Event) -> None:
        """Give the organisation the company's identity."""
        company = self.told.company
        found = await self.demo.call("core.organization.list", by=event.actor, at=event.at)
        await self.demo.call(
            "core.organization.update",
            by=event.actor,
            at=event.at,
            id=found["items"][0]["id"],
            legal_name=company.legal_name,
            trade_name=company.trade_name,
            legal_form=company.legal_form,
            siren=company.siren,
            vat_number=company.vat_number,
            naf_code=company.naf_code,
            rcs_city=company.rcs_city,
            share_capital=_euros(company.share_capital),
        )
        for site in company.establishments:
            address = {"line1": site.address.line, "postcode": site.address.postcode}
            await self.demo.call(
                "core.establishment.create",
                by=event.actor,
                at=event.at,
                name=site.name,
                siret=site.siret,
                is_head_office=site.is_head_office,
                address={**address, "city": site.address.city},
            )

    async def _user(self, event: Event, told: Mapping[str, Any]) -> None:
        role = "sales_manager" if told["key"] in self.leaders else told["role"]
        name = f"{told['first_name']} {told['last_name']}"
        await self.demo.person(
            told["key"], email=told["email"], name=name, roles=[role], at=event.at
        )

    async def _team(self, event: Event, told: Mapping[str, Any]) -> None:
        lead = self._id(told["lead"])
        team = await self._do(
            event, "core.team.create", name=told["name"], lead_id=lead, purpose="sales"
        )
        for member in told["members"]:
            await self.demo.call(
                "core.team.add_member",
                by=event.actor,
                at=event.at,
                id=team["id"],
                user_id=self._id(member),
            )

    async def _pipeline(self, event: Event, told: Mapping[str, Any]) -> None:
        first = told["key"] == self.told.pipelines[0].key
        await self._do(
            event,
            "crm.pipeline.create",
            name=told["name"],
            rotting_days=told["rotting_days"],
            is_default=first,
        )

    async def _stage(self, event: Event, told: Mapping[str, Any]) -> None:
        await self._do(
            event,
            "crm.stage.create",
            pipeline_id=self._id(told["pipeline"]),
            name=told["name"],
            position=told["order"],
            probability=str(told["probability"]),
            kind=told["kind"],
            max_days=told["max_days"],
        )

    async def _source(self, event: Event, told: Mapping[str, Any]) -> None:
        channel = _CHANNELS.get(told["channel"], told["channel"])
        cost = _euros(_FAIR_A_MONTH) if channel == "event" else None
        facts = {"channel": channel, "cost_per_month": cost}
        await self._named(event, "crm.lead_source", told["name"], **facts)

    async def _reason(self, event: Event, told: Mapping[str, Any]) -> None:
        await self._named(event, "crm.lost_reason", told["name"], kind=told["kind"])
        if told["kind"] == "competitor":
            await compete(self.demo, event)

    async def _named(self, event: Event, record: str, name: str, **facts: Any) -> None:
        """Make it, unless every organisation begins with one of that name."""
        found = await self.demo.call(f"{record}.list", by=event.actor, at=event.at, name=name)
        if found["items"]:
            self.demo.ids[event.creates[-1]] = found["items"][0]["id"]
            return
        await self._do(event, f"{record}.create", name=name, **facts)

    async def _party(self, event: Event, told: Mapping[str, Any]) -> None:
        party = await self._do(event, "crm.party.create", **_identity(told))
        await self.demo.call(
            "crm.party.set_role",
            by=event.actor,
            at=event.at,
            id=party["id"],
            roles=list(told["roles"]),
        )

    async def _customer(self, event: Event, told: Mapping[str, Any]) -> None:
        made = await self._do(
            event,
            "crm.customer.create",
            **_identity(told["party"]),
            lifecycle=told["lifecycle"],
            tier=told["tier"],
            industry=told["industry"],
            headcount=told["headcount"],
            annual_revenue=_euros(told["annual_revenue"]),
            owner_id=self._id(told["owner"]),
            team_id=self._id(told["team"]),
        )
        self.demo.ids[told["party"]["key"]] = made["party_id"]

    async def _lifecycle(self, event: Event, told: Mapping[str, Any]) -> None:
        stage, customer = told["lifecycle"], self._id(told["customer"])
        await self._do(
            event, "crm.customer.set_lifecycle", id=customer, stage=stage, reason=told["reason"]
        )

    async def _contact(self, event: Event, told: Mapping[str, Any]) -> None:
        person = told["party"]
        made = await self._do(
            event,
            "crm.contact.create",
            customer_id=self._id(told["customer"]),
            first_name=person["first_name"],
            last_name=person["last_name"],
            email=person["email"],
            phone=person["phone"],
            job_title=told["job_title"],
            seniority=_SENIORITY[told["seniority"]],
            role_in_purchase=told["role_in_purchase"],
        )
        self.demo.ids[person["key"]] = made["party_id"]

    async def _lead(self, event: Event, told: Mapping[str, Any]) -> None:
        await self._do(
            event,
            "crm.lead.create",
            **{
                name: told[name]
                for name in ("title", "company_name", "person_name", "email", "phone", "need")
            },
            budget=_euros(told["budget"]),
            source=self.sources[told["source"]],
            owner_id=self._id(told["owner"]),
        )

    async def _contacted(self, event: Event, told: Mapping[str, Any]) -> None:
        await self._do(event, "crm.lead.mark_contacted", id=self._id(told["lead"]))

    async def _qualified(self, event: Event, told: Mapping[str, Any]) -> None:
        budget = _euros(told["budget"])
        await self._do(
            event, "crm.lead.qualify", id=self._id(told["lead"]), need=told["need"], budget=budget
        )

    async def _disqualified(self, event: Event, told: Mapping[str, Any]) -> None:
        await self._do(
            event, "crm.lead.disqualify", id=self._id(told["lead"]), reason=told["reason"]
        )

    async def _converted(self, event: Event, told: Mapping[str, Any]) -> None:
        deal = told["opportunity"]
        made = await self.demo.call(
            "crm.lead.convert",
            by=event.actor,
            at=event.at,
            id=self._id(told["lead"]),
            customer_id=self._id(told["customer"]),
            contact_id=self._id(told["contact"]),
            pipeline_id=self._id(deal["pipeline"]),
            name=deal["name"],
            amount=_euros(deal["amount"]),
            expected_close=deal["expected_close"].isoformat(),
        )
        self.demo.ids[deal["key"]] = made["opportunity_id"]
        await self._stakeholders(event, deal)

    async def _opportunity(self, event: Event, told: Mapping[str, Any]) -> None:
        await self._do(
            event,
            "crm.opportunity.create",
            name=told["name"],
            customer_id=self._id(told["customer"]),
            pipeline_id=self._id(told["pipeline"]),
            stage_id=self._id(told["stage"]),
            amount=_euros(told["amount"]),
            recurring_amount=_euros(told["recurring_amount"]),
            expected_close=told["expected_close"].isoformat(),
            owner_id=self._id(told["owner"]),
        )
        await self._stakeholders(event, told)

    async def _stakeholders(self, event: Event, told: Mapping[str, Any]) -> None:
        for contact in told["contacts"]:
            await self.demo.call(
                "crm.opportunity.add_stakeholder",
                by=event.actor,
                at=event.at,
                id=self._id(told["key"]),
                contact_id=self._id(contact),
                role=self.roles[contact],
            )

    async def _moved(self, event: Event, told: Mapping[str, Any]) -> None:
        stage = self._id(told["stage"])
        await self._do(
            event, "crm.opportunity.move_stage", id=self._id(told["opportunity"]), stage_id=stage
        )

    async def _won(self, event: Event, told: Mapping[str, Any]) -> None:
        await self._do(event, "crm.opportunity.win", id=self._id(told["opportunity"]))

    async def _lost(self, event: Event, told: Mapping[str, Any]) -> None:
        reason = self._id(told["lost_reason"])
        deal = self._id(told["opportunity"])
        to = winner(self.demo, self.reasons[told["lost_reason"]], told["note"])
        await self._do(
            event, "crm.opportunity.lose", id=deal, reason_id=reason, note=told["note"], **to
        )


def _euros(amount: Decimal | None) -> dict[str, str] | None:
    return None if amount is None else {"amount": f"{amount:.2f}", "currency": "EUR"}


def _identity(told: Mapping[str, Any]) -> dict[str, Any]:
    """A party's fields as the actions take them."""
    address = told["address"]
    same = (
        "name",
        "trade_name",
        "siren",
        "siret",
        "vat_number",
        "naf_code",
        "is_taxable_person",
        "website",
        "language",
    )
    return {
        **{name: told[name] for name in same if told[name] is not None},
        "emails": [told["email"]],
        "phones": [told["phone"]],
        "addresses": [
            {
                "line1": address["line"],
                "postcode": address["postcode"],
                "city": address["city"],
                "country": address["country"],
            }
        ],
    }
