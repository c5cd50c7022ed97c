"""Campaigns: one letter each by real SMTP, to those only who may be written to at that moment."""

from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from core.tests.outside.mailbox import Mailbox
from eyeot.asgi import Site
from eyeot.platform.jobs import occurrence
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.postman import Postman
from eyeot.runtime.worker import Worker
from eyeot.testing import Desk, House

PROOF = {"text": "Oui à la lettre.", "how": "case cochée"}
HOSTILE = "<b>Zoé</b> {last_name}"


@pytest.fixture
async def people(call: Desk, ids: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Contacts of a bakery, by why they are or are not written to."""
    made = {}
    for name in ("agreed", "silent", "objects", "no_address", "left", "twin", "hostile"):
        email = {} if name == "no_address" else {"email": f"{name}@bakery.example"}
        if name == "twin":
            email = {"email": "AGREED@bakery.example".lower()}
        first = HOSTILE if name == "hostile" else name.title()
        made[name] = await call(
            "crm.contact.create",
            customer_id=ids["bakery"],
            first_name=first,
            last_name="Test",
            **email,
        )
        if name != "silent":
            given = {"channel": "email", "purpose": "events", "basis": "consent", "proof": PROOF}
            await call("crm.consent.record", party_id=made[name]["party_id"], **given)
    await call("crm.contact.unsubscribe", id=made["objects"]["id"])
    await call("crm.contact.mark_left_company", id=made["left"]["id"], on="2026-01-01")
    return made


@pytest.fixture
async def campaign(call: Desk, people: dict[str, dict[str, Any]]) -> str:
    """A campaign to all of them."""
    segment = await call("crm.segment.create", name="Tous", resource="contact")
    members = [one["id"] for one in people.values()]
    await call("crm.segment.add_members", id=segment["id"], members=members)
    made = await call(
        "crm.campaign.create",
        name="Portes ouvertes",
        purpose="events",
        segment_id=segment["id"],
        subject="Bonjour {first_name}",
        body="Venez chez nous, {first_name} de {company}.",
        html="<p>Venez, {first_name} !</p>",
        sender_name="Atelier",
        reply_to="atelier@demo.example",
    )
    return str(made["id"])


async def _work(engine: Engine) -> None:
    await Worker(engine, occurrence).drain()


async def _post(engine: Engine) -> None:
    while await Postman(engine).work():
        pass


async def _states(call: Desk, campaign: str) -> dict[str, str]:
    rows = (await call("crm.campaign_recipient.list", campaign_id=campaign, limit=50))["items"]
    return {one["contact_id"]: one.get("reason") or one["status"] for one in rows}


def _to(letter: EmailMessage) -> str:
    return str(letter["To"]).rpartition("<")[2].rstrip(">")


async def test_everybody_is_told_why_before_and_who_may_gets_one_letter(
    house: House,
    call: Desk,
    mailbox: Mailbox,
    campaign: str,
    people: dict[str, dict[str, Any]],
) -> None:
    seen = await call("crm.campaign.preview_audience", id=campaign)
    assert (seen["in_segment"], seen["will_receive"]) == (7, 2)
    assert seen["left_out"] == {
        "no_legal_basis": 1,
        "unsubscribed": 1,
        "no_address": 1,
        "left_company": 1,
        "same_address": 1,
    }
    planned = await house.operator.call("crm.campaign.schedule", id=campaign)
    assert planned.result["status"] == "scheduled"
    await _work(call.engine)
    await _post(call.engine)
    assert sorted(map(_to, mailbox.got)) == ["agreed@bakery.example", "hostile@bakery.example"]
    done = await call("crm.campaign.get", id=campaign)
    assert (done["status"], done["sent"], done["skipped"], done["failed"]) == ("sent", 2, 5, 0)
    states = await _states(call, campaign)
    assert states[people["agreed"]["id"]] == "sent"
    assert states[people["silent"]["id"]] == "no_legal_basis"
    # What people wrote is text: no field in it is filled, and in HTML no sign of it is markup.
    letter = next(one for one in mailbox.got if _to(one) == "hostile@bakery.example")
    html = letter.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Zoé&lt;/b&gt; {last_name}" in html.get_content()
    assert letter["Reply-To"] == "atelier@demo.example"
    assert "Atelier" in letter["From"]
    # A second worker, or the same job again, sends nothing twice.
    await _work(call.engine)
    await _post(call.engine)
    assert len(mailbox.got) == 2


async def test_one_click_of_a_mail_program_objects_and_a_page_asks_people(
    house: House,
    call: Desk,
    mailbox: Mailbox,
    campaign: str,
    people: dict[str, dict[str, Any]],
) -> None:
    await house.operator.call("crm.campaign.schedule", id=campaign)
    await _work(call.engine)
    await _post(call.engine)
    letter = next(one for one in mailbox.got if _to(one) == "agreed@bakery.example")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(str(letter["List-Unsubscribe"]).strip("<>")).path
    about = {"party_id": people["agreed"]["party_id"], "channel": "email", "purpose": "events"}

    transport = httpx.ASGITransport(Site.over(call.engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
        page = await web.get(path, headers={"accept-language": "fr"})
        assert page.status_code == 200
        assert "Désinscrire un contact" in page.text
        # Looking at it, as mail programs and scanners do, changes nothing.
        assert (await call("crm.consent.check", **about))["allowed"]
        forged = path[:-4] + ("aaaa" if path[-4:] != "aaaa" else "bbbb")
        assert (await web.post(forged)).status_code == 410
        body = {"List-Unsubscribe": "One-Click"}
        assert (await web.post(path, data=body)).status_code == 200
        assert (await web.post(path, data=body)).status_code == 200
    assert not (await call("crm.consent.check", **about))["allowed"]
    assert (await call("crm.campaign.get", id=campaign))["unsubscribed"] == 1
    assert (await call("crm.contact.get", id=people["agreed"]["id"]))["email_status"] == (
        "unsubscribed"
    )


async def test_who_objects_while_a_letter_waits_does_not_get_it(
    house: House,
    call: Desk,
    mailbox: Mailbox,
    campaign: str,
    people: dict[str, dict[str, Any]],
) -> None:
    await house.operator.call("crm.campaign.schedule", id=campaign)
    await call("crm.contact.unsubscribe", id=people["hostile"]["id"])
    await _work(call.engine)
    await call("crm.contact.unsubscribe", id=people["agreed"]["id"])
    await _post(call.engine)
    assert mailbox.got == []
    states = await _states(call, campaign)
    assert states[people["agreed"]["id"]] == "withdrawn"
    assert states[people["hostile"]["id"]] == "unsubscribed"


async def test_a_pause_keeps_back_what_waits_and_going_on_sends_it_once(
    house: House, call: Desk, mailbox: Mailbox, campaign: str
) -> None:
    send = house.operator.call
    await send("crm.campaign.schedule", id=campaign)
    await call("crm.campaign.pause", id=campaign)
    await _work(call.engine)
    assert (await call("crm.campaign.get", id=campaign))["status"] == "paused"
    assert await _states(call, campaign) == {}
    await send("crm.campaign.schedule", id=campaign)
    await _work(call.engine)
    done = await call.refused("crm.campaign.pause", id=campaign)
    assert done["code"] == "state_refused"
    waiting = await call.refused("crm.campaign.close", id=campaign)
    assert waiting["code"] == "conflict"
    await _post(call.engine)
    assert len(mailbox.got) == 2
    closed = await call("crm.campaign.close", id=campaign)
    assert (closed["status"], closed["revenue"]["amount"]) == ("closed", "0.00")
    late = await call.refused("crm.campaign.update", id=campaign, subject="Autre")
    assert late["code"] == "conflict"
    assert (await call.refused("crm.campaign.cancel", id=campaign))["code"] == "state_refused"


async def test_an_address_that_is_refused_for_good_is_written_to_no_more(
    house: House,
    call: Desk,
    mailbox: Mailbox,
    campaign: str,
    people: dict[str, dict[str, Any]],
) -> None:
    mailbox.refuses = lambda one: "550 5.1.1 no such mailbox" if one.startswith("agreed") else ""
    await house.operator.call("crm.campaign.schedule", id=campaign)
    await _work(call.engine)
    await _post(call.engine)
    done = await call("crm.campaign.get", id=campaign)
    assert (done["sent"], done["failed"]) == (1, 1)
    agreed = await call("crm.contact.get", id=people["agreed"]["id"])
    assert agreed["email_status"] == "bounced"


async def test_people_are_left_in_peace_between_two_campaigns(
    house: House, call: Desk, mailbox: Mailbox, campaign: str
) -> None:
    await house.operator.call("crm.campaign.schedule", id=campaign)
    await _work(call.engine)
    await _post(call.engine)
    first = await call("crm.campaign.get", id=campaign)
    second = await call(
        "crm.campaign.create",
        name="Encore",
        purpose="events",
        segment_id=first["segment_id"],
        subject="Encore",
        body="Encore nous.",
    )
    seen = await call("crm.campaign.preview_audience", id=second["id"])
    assert (seen["will_receive"], seen["left_out"]["written_to_lately"]) == (0, 3)
    await call("crm.campaign.update", id=second["id"], rest_days=0)
    assert (await call("crm.campaign.preview_audience", id=second["id"]))["will_receive"] == 2


async def test_what_was_won_after_a_letter_is_shared_between_campaigns(
    house: House,
    call: Desk,
    mailbox: Mailbox,
    campaign: str,
    ids: dict[str, str],
) -> None:
    unsent = await call.refused("crm.campaign.attribute_revenue", id=campaign)
    assert unsent["code"] == "conflict"
    await house.operator.call("crm.campaign.schedule", id=campaign)
    await _work(call.engine)
    await _post(call.engine)
    await call("crm.opportunity.win", id=ids["oven"])
    # The campaign that furnished the house reached nobody by mail, so this one has it all.
    for model in ("first", "last"):
        told = await call("crm.campaign.attribute_revenue", id=campaign, model=model)
        assert told["deals"] == [ids["oven"]]
    assert told["basis"] in ("won", "invoiced")
    if told["basis"] == "won":
        assert told["revenue"] == {"amount": "18400.00", "currency": "EUR"}


async def test_tests_go_to_colleagues_and_fields_are_known(
    house: House, call: Desk, mailbox: Mailbox, campaign: str
) -> None:
    strange = await call.refused(
        "crm.campaign.send_test", id=campaign, emails=["stranger@elsewhere.example"]
    )
    assert strange["field"] == "emails"
    me = (await call("core.user.list", limit=1))["items"][0]["email"]
    told = await call("crm.campaign.send_test", id=campaign, emails=[me])
    assert told["sent_to"] == [me]
    assert told["subject"].startswith("[Test] Bonjour")
    await _post(call.engine)
    assert [_to(one) for one in mailbox.got] == [me]
    wrong = await call.refused("crm.campaign.update", id=campaign, body="{iban}")
    assert wrong["errors"][0]["path"] == "body"


async def test_without_a_mail_server_nothing_is_planned(
    house: House, call: Desk, campaign: str
) -> None:
    refused = await call.refused("crm.campaign.schedule", id=campaign)
    assert refused["code"] == "provider_not_configured"
    empty = await call("crm.segment.create", name="Vide", resource="contact")
    await call("crm.campaign.update", id=campaign, segment_id=empty["id"])
    nobody = await call.refused("crm.campaign.schedule", id=campaign)
    assert nobody["field"] == "segment_id"


async def test_a_single_mail_leaves_with_its_file_and_is_noted(
    call: Desk, mailbox: Mailbox, ids: dict[str, str]
) -> None:
    told = await call(
        "crm.contact.send_email",
        id=ids["amelie"],
        subject="Votre devis, {first_name}",
        body="Bonjour {first_name}, {ceci} reste tel quel.",
        attachments=[ids["document"]],
    )
    assert (told["to"], told["legal_basis"]) == ("amelie@boulangerie-mercier.fr", "contract")
    await _post(call.engine)
    (letter,) = mailbox.got
    assert letter["Subject"] == "Votre devis, Amélie"
    (file,) = letter.iter_attachments()
    assert file.get_filename() == "devis.txt"
    assert "18 400" in file.get_content()
    assert letter["List-Unsubscribe"] is None
    text = letter.get_body(("plain",))
    assert text is not None
    assert "{ceci} reste" in text.get_content()
    noted = await call("crm.activity.get", id=told["activity_id"])
    assert (noted["kind"], noted["status"], noted["direction"]) == ("email", "done", "out")
