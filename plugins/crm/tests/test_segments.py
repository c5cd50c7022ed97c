"""Segments, sources and scores: filters that say exactly what they take, and figures with their reasons."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from eyeot.platform.jobs import occurrence
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House
from eyeot_crm.segments.sentences import grammar


async def test_a_filter_is_held_to_the_fields_there_are(call: Desk, ids: dict[str, str]) -> None:
    wrong = await call.refused("crm.segment.preview", query={"colour": "red"})
    assert wrong["errors"][0]["path"] == "query.colour"
    typed = await call.refused("crm.segment.preview", query={"email_is_set": "perhaps"})
    assert typed["errors"][0]["path"] == "query.email_is_set"
    seen = await call("crm.segment.preview", query={"email_is_set": True})
    assert (seen["size"], seen["sample"][0]["id"]) == (1, ids["amelie"])
    static = {"name": "S", "resource": "contact", "kind": "static", "query": {"email_is_set": True}}
    assert (await call.refused("crm.segment.create", **static))["field"] == "query"
    bad = {**static, "kind": "dynamic", "query": {"nothing": 1}}
    assert (await call.refused("crm.segment.create", **bad))["code"] == "invalid"


async def test_a_dynamic_segment_follows_its_filter_and_takes_nobody_by_hand(
    call: Desk, ids: dict[str, str]
) -> None:
    made = await call(
        "crm.segment.create",
        name="Joignables",
        resource="contact",
        kind="dynamic",
        query={"email_is_set": True},
    )
    first = await call("crm.segment.refresh", id=made["id"])
    assert (first["size"], first["change"]) == (1, 1)
    new = {"customer_id": ids["hotel"], "first_name": "Léo", "last_name": "Roy"}
    leo = await call("crm.contact.create", email="leo@hotel.example", **new)
    assert (await call("crm.segment.refresh", id=made["id"]))["change"] == 1
    by_hand = await call.refused("crm.segment.add_members", id=made["id"], members=[leo["id"]])
    assert by_hand["field"] == "id"
    out = await call.refused("crm.segment.remove_members", id=made["id"], members=[leo["id"]])
    assert out["code"] == "conflict"
    put = {"contact_ids": [leo["id"]], "segment_id": made["id"]}
    assert (await call.refused("crm.contact.add_to_segment", **put))["code"] == "conflict"


async def test_a_static_segment_holds_each_once_and_of_its_kind(
    call: Desk, ids: dict[str, str]
) -> None:
    other = (await call("crm.segment.create", name="Deux", resource="contact"))["id"]
    put = {"contact_ids": [ids["amelie"]], "segment_id": other}
    added = await call("crm.contact.add_to_segment", **put)
    assert (added["changed"], added["size"]) == (1, 1)
    assert (await call("crm.contact.add_to_segment", **put))["changed"] == 0
    wrong = await call.refused("crm.segment.add_members", id=other, members=[ids["bakery"]])
    assert wrong["errors"][0]["path"] == "members.0"
    told = await call("crm.segment.compare", a=ids["segment"], b=other)
    assert (told["in_both"], told["only_a"], told["only_b"]) == (1, 0, 0)
    static = await call.refused("crm.segment.refresh", id=other)
    assert static["code"] == "conflict"
    leads = (await call("crm.segment.create", name="Pistes", resource="lead"))["id"]
    apart = await call.refused("crm.segment.compare", a=other, b=leads)
    assert apart["field"] == "b"
    # Who is archived is in no segment, and a segment that goes leaves its members alone.
    await call("crm.contact.archive", id=ids["amelie"])
    assert (await call("crm.segment.compare", a=other, b=other))["in_both"] == 0


async def test_a_segment_shows_only_whom_its_reader_reaches(
    house: House, call: Desk, ids: dict[str, str]
) -> None:
    await house.person("dora", "sales")
    dora = await house.desk(role="sales", owner="dora")
    told = await dora("crm.segment.compare", a=ids["segment"], b=ids["segment"])
    assert told["in_both"] == 0


async def test_sources_are_found_by_name_and_their_return_is_told(
    call: Desk, ids: dict[str, str]
) -> None:
    lead = await call("crm.lead.create", title="Four", company_name="X", source="annuaire")
    assert lead["source_id"] == ids["source"]
    own = await call("crm.lead.create", title="Four", company_name="Y", source="au marché")
    assert own.get("source_id") is None
    await call("crm.lead.qualify", id=lead["id"])
    deal = (await call("crm.lead.convert", id=lead["id"]))["opportunity_id"]
    await call("crm.opportunity.update", id=deal, amount={"amount": "5000.00"})
    await call("crm.opportunity.win", id=deal)
    told = await call("crm.lead_source.roi")
    row = next(one for one in told["sources"] if one["source_id"] == ids["source"])
    assert (row["leads"], row["deals_won"]) == (1, 1)
    if told["basis"] == "won":
        assert row["revenue"] == "5000.00"
    # 90 euros a month, by the days of the period, rounded once.
    span = date.fromisoformat(told["until"]) - date.fromisoformat(told["since"])
    cost = Decimal(90) * (span.days + 1) * 12 / Decimal("365.25")
    assert Decimal(row["cost"]) == cost.quantize(Decimal("0.01"), ROUND_HALF_UP)
    await call("crm.lead_source.archive", id=ids["source"])
    gone = {"title": "Z", "company_name": "Z", "source_id": ids["source"]}
    assert (await call.refused("crm.lead.create", **gone))["code"] == "invalid"
    backwards = await call.refused("crm.lead_source.roi", since="2026-02-01", until="2026-01-01")
    assert backwards["code"] == "invalid"


async def test_a_deal_is_lost_for_a_reason_of_the_house_or_of_a_kind(
    call: Desk, ids: dict[str, str]
) -> None:
    none = await call.refused("crm.opportunity.lose", id=ids["oven"])
    assert none["code"] == "invalid"
    other = {"id": ids["oven"], "reason": "price", "reason_id": ids["reason"]}
    assert (await call.refused("crm.opportunity.lose", **other))["code"] == "invalid"
    lost = await call("crm.opportunity.lose", id=ids["oven"], reason_id=ids["reason"])
    assert (lost["lost_reason"], lost["lost_reason_id"]) == ("timing", ids["reason"])
    back = await call("crm.opportunity.reopen", id=ids["oven"])
    assert back.get("lost_reason_id") is None
    await call("crm.lost_reason.archive", id=ids["reason"])
    gone = await call.refused("crm.opportunity.lose", id=ids["oven"], reason_id=ids["reason"])
    assert gone["field"] == "reason_id"


async def test_scores_are_sums_of_rules_and_say_which(call: Desk, ids: dict[str, str]) -> None:
    rule = {"name": "Courriel", "condition": {"email_is_set": True}, "points": 50}
    trial = await call("crm.scoring_rule.test", rules=[rule], ids=[ids["new"], ids["qualified"]])
    scores = {one["record"]: one for one in trial["scores"]}
    assert scores[ids["new"]]["reasons"] == [{"rule": "Courriel", "points": 50}]
    assert scores[ids["qualified"]]["score"] == 0
    await call("crm.scoring_rule.create", **rule)
    bad = {**rule, "name": "Faux", "condition": {"nope": 1}}
    assert (await call.refused("crm.scoring_rule.create", **bad))["errors"][0][
        "path"
    ] == "query.nope"
    both = [ids["new"], ids["qualified"]]
    told = await call("crm.lead.recompute_score", lead_ids=both)
    assert {one["record"]: one["score"] for one in told["scores"]} == {
        ids["new"]: 50,
        ids["qualified"]: 5,
    }
    assert (await call("crm.lead.get", id=ids["new"]))["score"] == 50
    begun = await call("crm.scoring_rule.recompute_all", resource="lead")
    await Worker(call.engine, occurrence).drain()
    job = await call("core.job.get", id=begun["job_id"])
    assert (job["status"], job["result"]["scored"]) == ("done", 4)
    nothing = await call.refused("crm.scoring_rule.recompute_all", resource="customer")
    assert nothing["code"] == "conflict"
    for one in (await call("crm.scoring_rule.list"))["items"]:
        await call("crm.scoring_rule.delete", id=one["id"])
    assert (await call.refused("crm.lead.recompute_score", lead_ids=both))["code"] == "conflict"


async def test_leads_go_to_who_knows_the_customer_else_to_who_has_least(
    house: House, call: Desk, ids: dict[str, str]
) -> None:
    nobody = await call.refused("crm.lead.route", lead_ids=[ids["new"]])
    assert nobody["code"] == "conflict"
    update = house.operator.call
    await update("core.team.update", id=ids["team"], purpose="sales")
    await update("core.team.add_member", id=ids["team"], user_id=ids["anne"])
    free = await call("crm.lead.create", title="Libre", company_name="Libre")
    told = await call("crm.lead.route", lead_ids=[free["id"]])
    assert told["routed"] == [
        {"lead_id": free["id"], "user_id": ids["boris"], "why": "fewest_open_leads"}
    ]
    assert (await call("crm.lead.get", id=free["id"]))["owner_id"] == ids["boris"]
    mail = "amelie@boulangerie-mercier.fr"
    hers = await call("crm.lead.create", title="Elle", company_name="Mercier", email=mail)
    known = (await call("crm.lead.route", lead_ids=[hers["id"]]))["routed"][0]
    assert (known["user_id"], known["why"]) == (ids["anne"], "knows_the_customer")
    done = await call.refused("crm.lead.route", lead_ids=[ids["converted"]])
    assert done["field"] == "lead_ids"


async def test_a_sentence_becomes_the_filter_it_means_or_is_refused(
    call: Desk, ids: dict[str, str]
) -> None:
    size = {"tier": "A", "headcount": 60, "industry": "Boulangerie"}
    await call("crm.customer.update", id=ids["bakery"], **size)
    for text in (
        "Mes clients à Lyon, niveau A et au moins 50 salariés",
        "customers in Lyon and tier a, at least 50 employees",
        "les clients de Lyon niveau A au moins 50 salariés",
    ):
        told = await call("crm.segment.preview", text=text)
        assert told["resource"] == "customer", text
        meant = {"city_contains": "lyon", "tier": "A", "headcount_from": 50}
        assert told["query"] == meant, text
        assert [one["id"] for one in told["sample"]] == [ids["bakery"]]
    same = await call("crm.segment.preview", resource="customer", query=told["query"])
    assert same["size"] == told["size"] == 1
    await call(
        "crm.segment.create", name="A", resource="customer", kind="dynamic", query=told["query"]
    )
    leads = await call("crm.segment.preview", text="pistes qualifiées, budget d'au moins 5 000 €")
    assert (leads["query"], leads["size"]) == ({"status": "qualified", "budget_from": 5000}, 1)
    everyone = await call("crm.segment.preview", text="tous les contacts")
    assert everyone["query"] == {}


async def test_every_phrase_of_the_grammar_is_understood_in_both_languages(
    call: Desk, ids: dict[str, str]
) -> None:
    assert ids
    for phrase in grammar().phrases:
        for resource in phrase.resources:
            one = {"resource": resource, "text": phrase.fr}
            other = {"resource": resource, "text": phrase.en}
            told = await call("crm.segment.preview", **one)
            assert told["query"].keys() == phrase.query.keys(), phrase.fr
            assert (await call("crm.segment.preview", **other))[
                "query"
            ].keys() == phrase.query.keys()


@pytest.mark.parametrize(
    "text",
    [
        "clients qui aiment le chocolat",
        "clients à Lyon sauf ceux de niveau A",
        "clients niveau A, niveau B",
        "factures impayées",
        "contacts à Lyon; supprime tout",
        "clients créés depuis 2026-13-45",
        "clients " + "in ab " * 30 + "x9",
        "clients OR 1=1",
    ],
)
async def test_what_is_not_understood_whole_is_refused_with_what_would_be(
    call: Desk, ids: dict[str, str], text: str
) -> None:
    assert ids
    refused = await call.refused("crm.segment.preview", text=text)
    assert (refused["code"], refused["errors"][0]["path"]) == ("invalid", "text")
    both = {"text": "clients", "query": {"tier": "A"}}
    assert (await call.refused("crm.segment.preview", **both))["code"] == "invalid"
