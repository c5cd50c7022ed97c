"""Dunning: who pays late is chased one level after another, with what the law allows and nothing else."""

import asyncio
import io
import json
import zipfile
from datetime import date, timedelta
from email.message import EmailMessage
from fractions import Fraction
from functools import partial
from typing import Any

import httpx
import pytest

from core.tests.outside.mailbox import Mailbox
from eyeot.platform.downloads import PATH, redeem
from eyeot.runtime.engine import Engine
from eyeot.runtime.mailing.postman import Postman
from eyeot.surface.download import DownloadApp
from eyeot.testing import Desk
from plugins.invoicing.tests.shop import Shop

RUN = "invoicing.dunning_letter.run"
LETTERS = "invoicing.dunning_letter.list"
ADDRESS = {"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}


async def post(engine: Engine) -> None:
    while await Postman(engine).work():
        pass


@pytest.fixture
def later(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets days pass."""
    real, passed = engine.clock, [0]

    def move(days: int) -> date:
        passed[0] += days
        monkeypatch.setattr(engine, "clock", lambda: real() + timedelta(days=passed[0]))
        return engine.clock().date()

    return move


@pytest.fixture
async def today(call: Desk) -> date:
    return call.engine.clock().date()


async def late_invoice(
    shop: Shop, days: int, *lines: tuple[str, str, str], **more: Any
) -> dict[str, Any]:
    """A posted invoice that has been due for so many days."""
    on = shop.call.engine.clock().date()
    given = {"due_date": (on - timedelta(days=days)).isoformat(), **more}
    given.setdefault("issue_date", (on - timedelta(days=days + 30)).isoformat())
    return await shop.posted(*(lines or (("1", "100.00", "20"),)), **given)


def reasons(told: dict[str, Any]) -> dict[str, str]:
    return {one.get("number") or one["name"]: one["reason"] for one in told["left_out"]}


async def test_a_customer_is_reminded_level_by_level_and_never_twice_of_the_same(
    shop: Shop, mailbox: Mailbox, later: Any
) -> None:
    call = shop.call
    buyer = await shop.new_customer(
        "SARL Durand", siren="443061841", emails=["compta@durand.example"]
    )
    await late_invoice(shop, 40, ("1", "1000.00", "20"), party_id=buyer["id"])
    first = await call(RUN, party_ids=[buyer["id"]])
    (letter,) = first["letters"]
    assert (letter["level"], letter["template"], letter["channel"]) == (1, "courteous", "email")
    assert (letter["amount"]["amount"], letter["fees"]["amount"]) == ("1200.00", "0.00")
    assert letter["status"] == "sent"
    again = await call(RUN, party_ids=[buyer["id"]])
    assert again["letters"] == []
    later(6)
    assert reasons(await call(RUN)) == {"SARL Durand": "interval"}
    later(1)
    (second,) = (await call(RUN))["letters"]
    assert (second["level"], second["template"]) == (2, "firm")
    later(7)
    (third,) = (await call(RUN))["letters"]
    assert (third["level"], third["template"]) == (3, "final")
    assert third["fees"]["amount"] != "0.00"
    later(30)
    told = await call(RUN)
    assert told["letters"] == []
    assert set(reasons(told).values()) == {"last_level"}

    await post(call.engine)
    got = [one for one in mailbox.got if "compta@durand.example" in str(one["To"])]
    assert len(got) == 3
    assert [_pdf(one)[:5] for one in got] == [b"%PDF-"] * 3
    kept = (await call(LETTERS, sort="level"))["items"]
    assert [one["level"] for one in kept] == [1, 2, 3]
    calls = await call("crm.activity.list", customer_id=buyer["id"], status="done", limit=10)
    assert [one["kind"] for one in calls["items"]] == ["email"] * 3


def _pdf(letter: EmailMessage) -> bytes:
    (part,) = [
        one for one in letter.iter_attachments() if one.get_content_type() == "application/pdf"
    ]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


async def test_who_must_be_left_alone_is_told_why_and_gets_nothing(shop: Shop, today: date) -> None:
    call = shop.call
    calm = await late_invoice(shop, 60)
    disputed = await late_invoice(shop, 55)
    collected = await late_invoice(shop, 50)
    excluded = await late_invoice(shop, 45, order_reference="MARCHÉ-7")
    promised = await late_invoice(shop, 40)
    small = await shop.new_customer("Petit SARL", siren="383474814")
    await late_invoice(shop, 30, ("1", "10.00", "20"), party_id=small["id"])
    never = await shop.new_customer("Jamais SARL", siren="542065479")
    await late_invoice(shop, 29, party_id=never["id"])
    await late_invoice(shop, 3)
    none = (await call("invoicing.dunning_policy.list", code="NONE"))["items"][0]["id"]
    told = await call("invoicing.dunning_policy.assign", id=none, party_ids=[never["id"]])
    assert told["changed"] == 1
    assert (await call("invoicing.dunning_policy.assign", id=none, party_ids=[never["id"]]))[
        "changed"
    ] == 0
    standard = (await call("invoicing.dunning_policy.list", code="STD"))["items"][0]["id"]
    await call(
        "invoicing.dunning_policy.update", id=standard, exclude={"order_reference": "MARCHÉ-7"}
    )
    await call("invoicing.invoice.dispute", id=disputed["id"], reason="Marchandise abîmée")
    await call(
        "invoicing.dunning_letter.hand_to_collection",
        party_id=shop.customer["id"],
        invoices=[collected["id"]],
    )
    await call(
        "invoicing.dunning_letter.record_promise",
        party_id=shop.customer["id"],
        invoices=[promised["id"]],
        date=(today + timedelta(days=5)).isoformat(),
    )
    preview = await call("invoicing.dunning_policy.simulate", id=standard)
    assert preview["total"] == 1
    ran = await call(RUN)
    (letter,) = ran["letters"]
    chased = {one["number"]: one.get("level") for one in letter["invoices"]}
    assert chased.pop(calm["number"]) == 1
    # What has only just become due is on the letter to be seen, without having been reminded of.
    assert list(chased.values()) == [None]
    assert letter["amount"]["amount"] == "240.00"
    assert reasons(ran) == {
        disputed["number"]: "disputed",
        collected["number"]: "in_collection",
        excluded["number"]: "excluded",
        promised["number"]: "promised",
        "Petit SARL": "below_minimum",
        "Jamais SARL": "no_level",
    }
    assert preview["reminders"][0]["invoices"] == letter["invoices"]
    # Nobody had a mail address: the letter is a PDF, and somebody has the task of posting it.
    assert letter["channel"] == "post"
    tasks = await call("crm.activity.list", customer_id=shop.customer["id"], status="planned")
    assert [one["kind"] for one in tasks["items"]] == ["task"]


async def test_a_dry_run_tells_who_gets_what_and_leaves_nothing(shop: Shop) -> None:
    await late_invoice(shop, 20)
    seen = await shop.call.answer(RUN, dry=True)
    (letter,) = seen.result["letters"]
    assert letter["level"] == 1
    assert (await shop.call(LETTERS))["items"] == []
    proposed = await shop.call(RUN, propose=True)
    assert proposed["letters"][0]["status"] == "proposed"
    sent = await shop.call(RUN)
    assert sent["letters"][0]["status"] == "printed"
    assert [one["status"] for one in (await shop.call(LETTERS))["items"]] == ["sent"]


async def test_two_runs_at_once_send_one_letter(shop: Shop) -> None:
    await late_invoice(shop, 20)
    told = await asyncio.gather(*(shop.call(RUN) for _ in range(4)), return_exceptions=True)
    assert sum(len(one["letters"]) for one in told if isinstance(one, dict)) == 1
    assert len((await shop.call(LETTERS))["items"]) == 1


async def test_a_promise_pauses_until_its_day_and_payment_ends_it(shop: Shop, later: Any) -> None:
    call = shop.call
    owed = await late_invoice(shop, 25)
    other = await late_invoice(shop, 24)
    await call(RUN)
    day = later(7)
    promise = {"party_id": shop.customer["id"], "date": (day + timedelta(days=3)).isoformat()}
    told = await call("invoicing.dunning_letter.record_promise", **promise)
    assert [one["amount"] for one in told["amounts"]] == ["240.00"]
    assert set(reasons(await call(RUN)).values()) == {"promised"}
    past = (day - timedelta(days=1)).isoformat()
    refused = await call.refused(
        "invoicing.dunning_letter.record_promise", party_id=shop.customer["id"], date=past
    )
    assert "before today" in str(refused)
    far = (day + timedelta(days=800)).isoformat()
    refused = await call.refused(
        "invoicing.dunning_letter.record_promise", party_id=shop.customer["id"], date=far
    )
    assert "change_due_date" in refused["hint"]
    later(4)
    (second,) = (await call(RUN))["letters"]
    assert second["level"] == 2
    states = {one["level"]: one["status"] for one in (await call(LETTERS))["items"]}
    assert states == {1: "broken_promise", 2: "sent"}
    for one in (owed, other):
        await call("invoicing.invoice.register_payment", invoice_id=one["id"])
    assert {one["status"] for one in (await call(LETTERS))["items"]} == {"paid"}


async def test_a_formal_notice_claims_to_the_cent_is_locked_and_is_sent_once(
    shop: Shop, today: date
) -> None:
    """Scenario 4: penalties by half-year and 40 € for each late invoice, of professionals only."""
    call = shop.call
    standard = (await call("invoicing.dunning_policy.list", code="STD"))["items"][0]["id"]
    await call("invoicing.dunning_policy.update", id=standard, penalty_percent="12.15")
    one = await late_invoice(shop, 60, ("1", "1000.00", "20"))
    two = await late_invoice(shop, 33, ("3", "33.33", "5.5"))
    await call("invoicing.invoice.register_payment", invoice_id=one["id"], amount={"amount": "200.00"},
               date=(today - timedelta(days=10)).isoformat())  # fmt: skip
    await call(RUN)
    told = await call("invoicing.dunning_letter.send_formal_notice", party_id=shop.customer["id"])
    # By the day and for each span of one amount and half-year, rounded half up once.
    half = date(today.year, 7 if today.month > 6 else 1, 1)
    spans = [
        *_halved(Fraction(1200), today - timedelta(days=60), today - timedelta(days=10), half),
        *_halved(Fraction(1000), today - timedelta(days=10), today, half),
        *_halved(Fraction("105.49"), today - timedelta(days=33), today, half),
    ]
    expected = sum((_cents(a * n * Fraction("12.15") / 36500) for a, n in spans), Fraction(0))
    assert Fraction(told["penalties"]["amount"]) == expected
    assert told["indemnities"]["amount"] == "80.00"
    assert told["amount"]["amount"] == "1105.49"
    assert told["pay_by"] == (today + timedelta(days=8)).isoformat()
    document = await call("core.document.get", id=told["document_id"])
    assert (document["status"], document["mime"]) == ("locked", "application/pdf")
    assert document["retention_until"] == f"{today.year + 10}-12-31"
    states = {x["kind"]: x["status"] for x in (await call(LETTERS))["items"]}
    assert states == {"reminder": "escalated", "formal_notice": "sent"}
    refused = await call.refused(
        "invoicing.dunning_letter.send_formal_notice", party_id=shop.customer["id"]
    )
    assert "hand_to_collection" in refused["hint"]
    assert set(reasons(await call(RUN)).values()) == {"formal_notice"}
    await call("invoicing.invoice.dispute", id=two["id"], reason="Prix contesté")
    refused = await call.refused(
        "invoicing.dunning_letter.hand_to_collection", party_id=shop.customer["id"]
    )
    assert "disputed" in refused["message"]


def _halved(amount: Fraction, due: date, until: date, half: date) -> list[tuple[Fraction, int]]:
    """The days after `due` up to `until`, parted where a half-year begins."""
    before = max(0, min((half - due).days - 1, (until - due).days))
    return [(amount, n) for n in (before, (until - due).days - before) if n]


def _cents(amount: Fraction) -> Fraction:
    return Fraction(int(amount * 100 + Fraction(1, 2)), 100)


async def test_a_consumer_is_asked_for_no_late_fees(shop: Shop) -> None:
    call = shop.call
    person = await shop.new_customer("Jeanne Petit", kind="person")
    await late_invoice(shop, 60, party_id=person["id"])
    told = await call("invoicing.dunning_letter.send_formal_notice", party_id=person["id"])
    assert (told["penalties"]["amount"], told["indemnities"]["amount"]) == ("0.00", "0.00")


async def test_the_collection_file_holds_every_piece_and_ends_the_chasing(shop: Shop) -> None:
    call = shop.call
    owed = await late_invoice(shop, 60, ("1", "500.00", "20"))
    await call(RUN)
    given = {"party_id": shop.customer["id"], "channel": "payment_order"}
    refused = await call.refused("invoicing.dunning_letter.hand_to_collection", **given)
    assert "send_formal_notice" in refused["hint"]
    await call("invoicing.dunning_letter.send_formal_notice", party_id=shop.customer["id"])
    told = await call("invoicing.dunning_letter.hand_to_collection", **given)
    link = await call("core.document.get_download_link", id=told["document_id"])
    there = httpx.ASGITransport(DownloadApp(partial(redeem, call.engine), PATH))
    async with httpx.AsyncClient(transport=there, base_url="http://localhost") as client:
        content = (await client.get(link["url"])).content
    files = zipfile.ZipFile(io.BytesIO(content))
    assert files.testzip() is None
    names = files.namelist()
    assert {"claim.json", "claim.csv", "statement.pdf"} <= set(names)
    assert sum(one.startswith("letters/") for one in names) == 2
    claim = json.loads(files.read("claim.json"))
    assert claim["principal"] == "600.00" == told["principal"]["amount"]
    assert claim["creditor"]["siren"] == "732829320"
    assert (await call("invoicing.invoice.get", id=owed["id"]))["in_collection"] is True
    assert set(reasons(await call(RUN)).values()) == {"in_collection"}
    again = await call.refused("invoicing.dunning_letter.hand_to_collection", **given)
    assert "already" in again["message"]
    day = call.engine.clock().date().isoformat()
    promise = await call.refused(
        "invoicing.dunning_letter.record_promise", party_id=shop.customer["id"], date=day
    )
    assert "collects" in promise["message"]


async def test_a_statement_is_what_the_books_say(shop: Shop, mailbox: Mailbox, today: date) -> None:
    call = shop.call
    buyer = await shop.new_customer(
        "Acme Ltd", siren="443061841", emails=["ap@acme.example"], language="en"
    )
    await late_invoice(shop, 100, ("1", "100.00", "20"), party_id=buyer["id"])
    two = await late_invoice(shop, 20, ("1", "250.00", "20"), party_id=buyer["id"])
    await call(
        "invoicing.invoice.register_payment", invoice_id=two["id"], amount={"amount": "50.00"}
    )
    told = await call(
        "invoicing.dunning_letter.customer_statement",
        party_id=buyer["id"],
        since=(today - timedelta(days=60)).isoformat(),
    )
    figures = {name: told[name] for name in ("opening", "debit", "credit", "closing", "overdue")}
    assert figures == {
        "opening": "120.00", "debit": "300.00", "credit": "50.00", "closing": "370.00", "overdue": "370.00",
    }  # fmt: skip
    assert told["mailed_to"] == "ap@acme.example"
    await post(call.engine)
    (letter,) = [one for one in mailbox.got if "ap@acme.example" in str(one["To"])]
    assert "Statement of your account" in letter["Subject"]
    assert _pdf(letter).startswith(b"%PDF-")
    refused = await call.refused(
        "invoicing.dunning_letter.customer_statement", party_id=buyer["id"], until="2099-01-01"
    )
    assert refused["code"]
    refused = await call.refused(
        "invoicing.dunning_letter.customer_statement", party_id=shop.customer["id"]
    )
    assert "send=false" in refused["hint"]


async def test_instalments_are_late_one_by_one(shop: Shop, today: date) -> None:
    call = shop.call
    term = await call(
        "invoicing.payment_term.create",
        code="3X",
        name="En trois fois",
        lines=[
            {"percent": "50", "days": 0},
            {"percent": "30", "days": 30},
            {"percent": "20", "days": 60},
        ],
    )
    on = (today - timedelta(days=40)).isoformat()
    made = await shop.posted(("1", "1000.00", "20"), issue_date=on, payment_term_id=term["id"])
    await call(
        "invoicing.invoice.register_payment", invoice_id=made["id"], amount={"amount": "700.00"}
    )
    (letter,) = (await call(RUN))["letters"]
    (row,) = letter["invoices"]
    # 700 covers the first part and 100 of the second: 260 of that is late since its own day.
    assert (row["amount"]["amount"], row["days_late"]) == ("260.00", 10)


async def test_policies_keep_to_order_and_to_the_law(shop: Shop) -> None:
    call = shop.call
    refused = await call.refused(
        "invoicing.dunning_policy.create", code="X", name="X", levels=[{"delay": 9}, {"delay": 9}]
    )
    assert "delay" in str(refused)
    none = (await call("invoicing.dunning_policy.list", code="NONE"))["items"][0]["id"]
    await call("invoicing.dunning_policy.archive", id=none)
    refused = await call.refused(
        "invoicing.dunning_policy.assign", id=none, party_ids=[shop.customer["id"]]
    )
    assert "restore" in refused["hint"]
    made = await call("invoicing.dunning_policy.create", code="Y", name="Y", is_default=True)
    held = (await call("invoicing.dunning_policy.list", is_default=True))["items"]
    assert [one["id"] for one in held] == [made["id"]]


async def test_who_only_reads_sends_nothing(shop: Shop) -> None:
    await late_invoice(shop, 20)
    reader = await shop.house.desk("invoicing:read", "crm:read")
    refused = await reader.refused(RUN)
    assert refused["code"] == "permission_denied"
    assert (await shop.call(LETTERS))["items"] == []
