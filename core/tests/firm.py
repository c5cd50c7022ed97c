"""Firm: an organisation with at least one of everything, made by actions."""

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from eyeot.declare.access import Reach
from eyeot.declare.ids import decode, uuid7
from eyeot.platform.jobs import occurrence
from eyeot.platform.oauth import tokens
from eyeot.runtime import queue
from eyeot.runtime.outside import MailServer
from eyeot.runtime.sealing.notes import Signer
from eyeot.runtime.sealing.outside import Shelf
from eyeot.runtime.sealing.sealer import Sealer
from eyeot.runtime.transaction import Transaction
from eyeot.runtime.unit import Unit
from eyeot.runtime.worker import Worker
from eyeot.storage.pool import taken
from eyeot.testing import Desk, House

ADDRESS = {"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}
SIRENS = ("732829320", "552100554", "542065479", "552081317", "775670417", "380129866")


async def furnish(house: House, call: Desk) -> dict[str, str]:
    """Fill a house; the ids of what is in it, by name."""
    ids: dict[str, str] = {}
    await _people(house, ids)
    await _selling(call, ids)
    await _customers(call, ids)
    await _leads(call, ids)
    await _deals(call, ids)
    await _work(call, ids)
    await _talk(call, ids)
    await _settings(house, call, ids)
    await _agenda(call, ids)
    await _marketing(house, call, ids)
    await seal(house)
    return ids


async def seal(house: House, folder: Path | None = None) -> Shelf:
    """Seal what the audit holds, and sign it; where the checkpoints are."""
    shelf = Shelf(folder or Path(tempfile.mkdtemp(prefix="eyeot-notes-")))
    await Sealer(house.engine, Signer.make("test/audit"), shelf).round(at_once=True)
    return shelf


async def _people(house: House, ids: dict[str, str]) -> None:
    ids["anne"] = await house.person("anne", "sales")
    ids["boris"] = await house.person("boris", "sales_manager")
    operator = house.operator
    team = await operator.call("core.team.create", name="Lyon", lead_id=ids["boris"])
    ids["team"] = team.result["id"]
    await operator.call("core.team.add_member", id=ids["team"], user_id=ids["boris"])
    await operator.call(
        "core.user.set_out_of_office",
        id=ids["anne"],
        away_from="2026-08-03",
        away_to="2026-08-21",
        deputy_id=ids["boris"],
    )
    await operator.call("core.user.update", id=ids["anne"], manager_id=ids["boris"])
    ids["key"] = (await house.make_key("crm:read", owner="anne"))["id"]
    reader = await house.desk("core:read", owner="anne", provenance=None)
    await reader("core.user.list", limit=1)
    agent = await operator.call("core.agent_client.create", name="Assistant", vendor="n8n")
    ids["agent"] = agent.result["id"]
    working = await house.desk("core:write", owner="anne", agent_id=ids["agent"])
    await working("core.tag.create", name="Provisoire")
    await operator.call("core.agent_client.undo_last", id=ids["agent"], count=1)
    coming = {"email": f"lea@{operator.slug}.example", "display_name": "Léa"}
    await operator.call("core.user.invite", **coming)
    app = {"client_id": "eyc_firm", "client_name": "Claude Code", "scopes": ["crm:read"]}
    consent = await operator.call("core.oauth_grant.create", owner_id=ids["anne"], **app)
    ids["grant"] = consent.result["id"]
    found = decode(ids["grant"])
    assert found
    await tokens.issue(house.engine, house.org_id, found[1])
    ids["role_key"] = (await house.make_key(role="sales", owner="anne"))["id"]


async def _selling(call: Desk, ids: dict[str, str]) -> None:
    made = await call("crm.pipeline.create", name="Ventes", is_default=True, team_id=ids["team"])
    ids["pipeline"] = made["id"]
    for name, kind, probability in (
        ("Contact", "open", "10"),
        ("Proposition", "open", "50"),
        ("Gagnée", "won", "100"),
        ("Perdue", "lost", "0"),
    ):
        stage = await call(
            "crm.stage.create",
            pipeline_id=ids["pipeline"],
            name=name,
            kind=kind,
            probability=probability,
        )
        ids[name] = stage["id"]


async def _work(call: Desk, ids: dict[str, str]) -> None:
    """A plan, the job it makes, and a file of which a row is refused."""
    file = "name;siren\nLaiterie Roux;\nFromagerie;1"
    taken_in = await call("crm.party.import", text=file, filename="fournisseurs.csv")
    await call("core.import_job.run", job_id=taken_in["import_job_id"], mode="best_effort")
    await Worker(call.engine, occurrence).drain()
    plan = await call("core.job.schedule", action="core.user.count", params={}, cron="0 8 * * 1")
    ids["plan"] = plan["id"]
    caller = call.caller
    row: tuple[Any, ...] = (
        caller.org_id,
        uuid7(),
        "call core.user.count",
        None,
        "firm",
        None,
        {},
        queue.asker(caller),
    )
    async with taken(call.engine.database.relay) as connection:
        await connection.execute(queue.PUT, *row, datetime.now(UTC) + timedelta(days=7))


async def _customers(call: Desk, ids: dict[str, str]) -> None:
    bakery = await call(
        "crm.customer.create",
        name="Boulangerie Mercier",
        siren=SIRENS[0],
        emails=["contact@boulangerie-mercier.fr"],
        addresses=[ADDRESS],
        owner_id=ids["anne"],
        team_id=ids["team"],
        annual_revenue={"amount": "250000.00"},
    )
    ids["bakery"], ids["bakery_party"] = bakery["id"], bakery["party_id"]
    hotel = await call("crm.customer.create", name="Hôtel du Parc", addresses=[ADDRESS])
    ids["hotel"], ids["hotel_party"] = hotel["id"], hotel["party_id"]
    await call(
        "crm.party.set_hierarchy",
        id=ids["hotel_party"],
        parent_id=ids["bakery_party"],
        bill_to_id=ids["bakery_party"],
        ship_to_id=ids["bakery_party"],
    )
    ids["supplier"] = (await call("crm.party.create", name="Moulins de l'Est"))["id"]
    person = await call(
        "crm.contact.create",
        customer_id=ids["bakery"],
        first_name="Amélie",
        last_name="Durand",
        email="amelie@boulangerie-mercier.fr",
    )
    ids["amelie"], ids["amelie_party"] = person["id"], person["party_id"]


async def _leads(call: Desk, ids: dict[str, str]) -> None:
    async def lead(name: str, **more: Any) -> str:
        made = await call("crm.lead.create", title=name, company_name=f"Traiteur {name}", **more)
        ids[name] = made["id"]
        return ids[name]

    await lead("new", email="karim@traiteur.example", owner_id=ids["anne"])
    await call("crm.lead.qualify", id=await lead("qualified"), budget={"amount": "9000.00"})
    await call("crm.lead.disqualify", id=await lead("disqualified"), reason="no_budget")
    await call("crm.lead.qualify", id=await lead("converted", person_name="Inès Roy"))
    became = await call("crm.lead.convert", id=ids["converted"])
    ids["converted_deal"] = became["opportunity_id"]


async def _deals(call: Desk, ids: dict[str, str]) -> None:
    for name in ("oven", "freezer", "van"):
        deal = await call(
            "crm.opportunity.create",
            name=f"Deal {name}",
            customer_id=ids["bakery"],
            amount={"amount": "18400.00"},
            team_id=ids["team"],
        )
        ids[name] = deal["id"]
    await call(
        "crm.opportunity.add_stakeholder",
        id=ids["oven"],
        contact_id=ids["amelie"],
        role="decider",
    )
    shares = [{"user_id": ids["anne"], "percent": "60"}, {"user_id": ids["boris"], "percent": "40"}]
    await call("crm.opportunity.split_credit", id=ids["oven"], shares=shares)
    await call("crm.opportunity.win", id=ids["freezer"])
    await call("crm.opportunity.lose", id=ids["van"], reason="price")


async def _talk(call: Desk, ids: dict[str, str]) -> None:
    told = await call(
        "crm.customer.comment",
        id=ids["bakery"],
        body="À rappeler mardi.",
        mentions=[ids["boris"]],
    )
    ids["comment"] = told["id"]
    offer = {"filename": "devis.txt", "text": "Four à sole : 18 400 €", "kind": "quote"}
    made = await call("crm.customer.attach_document", id=ids["bakery"], **offer)
    ids["document"] = made["id"]
    ids["own_document"] = (
        await call("core.document.create", filename="brouillon.txt", text="À finir")
    )["id"]
    await call("core.document.get_download_link", id=ids["document"])


async def _settings(house: House, call: Desk, ids: dict[str, str]) -> None:
    site = {"name": "Siège", "siret": "73282932000074", "is_head_office": True}
    ids["site"] = (await call("core.establishment.create", **site))["id"]
    ids["calendar"] = (await call("core.calendar.create", name="Lyon"))["id"]
    numbering = {"name": "Factures", "code": "invoice", "pattern": "FA-{year}-{seq:05}"}
    ids["sequence"] = (await house.operator.call("core.sequence.create", **numbering)).result["id"]
    await number(call, "invoice", call.engine.clock().date())
    ids["tag"] = (await call("core.tag.create", name="Prioritaire"))["id"]
    await call("core.tag.apply", records=[ids["bakery"]], add=[ids["tag"]])
    await call("core.notification.send", to=[ids["boris"]], title="Réunion à 14 h")
    await call("core.notification.set_preferences", quiet_from="19:00", quiet_to="08:00")
    asked = {"kind": "access", "requester": "Léa", "received_at": "2026-03-02"}
    ids["asked"] = (await call("core.data_subject_request.create", **asked))["id"]
    paper = {"name": "Papier", "target": "core.letter"}
    ids["paper"] = (await call("core.document_template.create", **paper))["id"]
    hook = await house.operator.call("core.webhook_endpoint.create", url="https://a.example/hook")
    ids["hook"] = hook.result["id"]
    await call("core.webhook_endpoint.test", endpoint_id=ids["hook"])
    await _by_mail(house, call, ids)


async def _by_mail(house: House, call: Desk, ids: dict[str, str]) -> None:
    """A mail that waits, in a deployment that has a server for them."""
    outside, engine = call.engine.outside, call.engine
    server = MailServer(host="mail.example", port=587, tls="starttls", sender="erp@mail.example")
    engine.outside = replace(outside, mail=server)
    try:
        told = {"to": [ids["boris"]], "title": "Par courrier", "channels": ["email"]}
        await call("core.notification.send", **told)
    finally:
        engine.outside = outside


async def _marketing(house: House, call: Desk, ids: dict[str, str]) -> None:
    """Consents, sources, a campaign and its recipient, scores, bank accounts, a merge."""
    proof = {"text": "Je souhaite recevoir la lettre d'information.", "how": "case cochée"}
    agreed = {"channel": "email", "purpose": "newsletter", "basis": "consent", "proof": proof}
    made = await call("crm.consent.record", party_id=ids["amelie_party"], **agreed)
    ids["consent"] = made["id"]
    source = {"name": "Annuaire", "cost_per_month": {"amount": "90.00"}}
    ids["source"] = (await call("crm.lead_source.create", **source))["id"]
    reason = {"name": "Livraison trop tardive", "kind": "timing"}
    ids["reason"] = (await call("crm.lost_reason.create", **reason))["id"]
    segment = await call("crm.segment.create", name="Lettre", resource="contact", kind="static")
    ids["segment"] = segment["id"]
    await call("crm.segment.add_members", id=ids["segment"], members=[ids["amelie"]])
    campaign = await call(
        "crm.campaign.create",
        name="Lettre de mars",
        purpose="newsletter",
        segment_id=ids["segment"],
        subject="Bonjour {first_name}",
        body="Des nouvelles de l'atelier.",
    )
    ids["campaign"] = campaign["id"]
    await _sent(house, call, ids)
    account = {"party_id": ids["supplier"], "iban": "FR7630006000011234567890189"}
    ids["account"] = (await call("crm.party_bank_account.create", **account))["id"]
    rule = {"name": "Budget", "resource": "lead", "condition": {"budget_from": "1"}, "points": 5}
    ids["rule"] = (await call("crm.scoring_rule.create", **rule))["id"]
    line = {"description": "Four", "price": {"amount": "18400.00"}}
    await call("crm.opportunity.add_product", id=ids["oven"], **line)
    ids["rival"] = (await call("crm.competitor.create", name="Cuisines Pro"))["id"]
    await call("crm.opportunity.set_competitor", id=ids["oven"], competitor_id=ids["rival"])
    target = {"period": f"{call.engine.clock().year}", "amount": {"amount": "100000.00"}}
    ids["target"] = (await call("crm.sales_target.create", **target))["id"]
    twin = await call("crm.party.create", name="Moulins de l'Est (bis)")
    await call("crm.party.merge", keep_id=ids["supplier"], drop_id=twin["id"])


async def _sent(house: House, call: Desk, ids: dict[str, str]) -> None:
    """Send the campaign, in a deployment that has a server for mails."""
    outside, engine = call.engine.outside, call.engine
    server = MailServer(host="mail.example", port=587, tls="starttls", sender="erp@mail.example")
    engine.outside = replace(outside, mail=server)
    try:
        await house.operator.call("crm.campaign.schedule", id=ids["campaign"])
        await Worker(engine, occurrence).drain()
    finally:
        engine.outside = outside


async def _agenda(call: Desk, ids: dict[str, str]) -> None:
    planned = {"subject": "Rappeler", "record": ids["bakery"], "assignee_id": ids["anne"]}
    ids["activity"] = (await call("crm.activity.create", **planned))["id"]
    note = await call("crm.note.create", record=ids["bakery"], body="Livrer avant 7 h.")
    # A key and a plan leave rows of their own.
    await call("crm.note.update", id=note["id"], body="Avant 8 h.", idempotency_key=str(uuid4()))
    await call.preview("crm.note.update", id=note["id"], body="Livrer avant 7 h.")
    ids["note"] = note["id"]


async def number(call: Desk, code: str, on: date) -> str:
    """Take a number as a handler would, in a transaction of its own."""
    engine, org_id = call.engine, call.caller.org_id
    async with Transaction(engine.database.writes, org_id) as transaction:
        unit = Unit(
            transaction.connection, call.caller, Reach.OWN, engine.clock(), engine.catalogue
        )
        unit.module = "crm"
        found = await unit.number(code, on=on)
        await transaction.commit()
    return found
