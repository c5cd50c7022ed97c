"""A scripted agent takes a lead to a won deal, with a dry run before each step."""

from uuid import uuid4

import pytest

from tests.agent import Agent, agent
from tests.demo import Demo

BOTH = pytest.mark.parametrize("mode", ["auto", "legacy"])


async def _counts(me: Agent) -> dict[str, int]:
    kinds = ("lead", "customer", "contact", "opportunity", "party")
    return {kind: (await me.read(f"crm.{kind}.count"))["count"] for kind in kinds}


@BOTH
async def test_a_lead_becomes_a_won_deal(demo: Demo, mode: str) -> None:
    company = f"Traiteur {uuid4().hex[:8]}"
    async with agent(demo, mode) as me:
        await me.tool("whoami")
        before = await _counts(me)

        found = await me.tool("eyeot_help", query="saisir une nouvelle piste")
        assert "crm.lead.create" in [one["action"] for one in found["matches"][:3]]

        lead = await me.do(
            "crm.lead.create",
            title="Chambre froide et four mixte",
            company_name=company,
            person_name="Nadia Kervella",
            email=f"n.kervella@{company.replace(' ', '-').lower()}.example",
            source="recommandation",
        )
        assert lead["status"] == "new"
        lead = await me.do("crm.lead.mark_contacted", id=lead["id"])
        budget = {"amount": "24500.00", "currency": "EUR"}
        lead = await me.do("crm.lead.qualify", id=lead["id"], budget=budget, timing="avant Pâques")
        assert lead["status"] == "qualified"
        made = await me.do("crm.lead.convert", id=lead["id"], expected_close="2027-04-30")

        deal = await me.read("crm.opportunity.get", id=made["opportunity_id"])
        assert deal["amount"] == budget
        stages = await me.read("crm.stage.list", pipeline_id=deal["pipeline_id"], kind="open")
        for stage in stages["items"][1:]:
            deal = await me.do("crm.opportunity.move_stage", id=deal["id"], stage_id=stage["id"])
        deal = await me.do("crm.opportunity.win", id=deal["id"])
        assert deal["status"] == "won"

        customer = await me.tool("get_customer", id=made["customer_id"])
        assert customer["lifecycle"] == "customer"
        assert customer["name"] == company
        after = await _counts(me)
        grown = {kind: after[kind] - before[kind] for kind in after}
        assert grown == {"lead": 1, "customer": 1, "contact": 1, "opportunity": 1, "party": 2}


@BOTH
async def test_a_customer_is_found_made_changed_and_read_back(demo: Demo, mode: str) -> None:
    async with agent(demo, mode) as me:
        known = (await me.tool("list_customers", limit=1, sort="name"))["items"][0]
        name = known["name"]
        misspelt = name[:3] + name[4:]
        hits = await me.tool("search", query=misspelt, types=["crm.customer"])
        assert known["id"] in [one["id"] for one in hits["items"]]

        wanted = {
            "name": f"Hôtel des Brumes {uuid4().hex[:6]}",
            "emails": ["accueil@brumes.example"],
        }
        before = (await me.read("crm.customer.count"))["count"]
        preview = await me.tool("create_customer", **wanted, dry_run=True)
        assert [one["type"] for one in preview["effects"]["created"]] == [
            "crm.party",
            "crm.customer",
        ]
        assert (await me.read("crm.customer.count"))["count"] == before

        made = await me.tool("create_customer", **wanted)
        changed = await me.tool(
            "update_customer", id=made["id"], tier="A", expected_version=made["version"]
        )
        stale = await me.refusal(
            "update_customer", id=made["id"], tier="B", expected_version=made["version"]
        )
        assert (stale["code"], stale["current"]) == ("version_conflict", changed["version"])
        assert (await me.tool("get_customer", id=made["id"]))["tier"] == "A"


@BOTH
async def test_refusals_teach(demo: Demo, mode: str) -> None:
    async with agent(demo, mode) as me:
        wrong_kind = await me.refusal("get_customer", id="lead_01h455vb4pex5vsknk084sn02q")
        assert wrong_kind["code"] == "invalid"
        absent = await me.refusal("get_customer", id="cus_01h455vb4pex5vsknk084sn02q")
        assert (absent["code"], absent["lookup"]) == ("not_found", "crm.customer.search")
        typo = await me.refusal("create_customer", nmae="Oups")
        assert typo["errors"][0]["path"] == "nmae"
        missing = await me.refusal("eyeot_call", action="hr.employee.create", arguments={})
        assert missing["code"] in {"module_not_installed", "not_found"}
        human = await me.refusal(
            "eyeot_call", action="core.api_key.create", arguments={"name": "x"}
        )
        assert human["code"] == "human_required"
