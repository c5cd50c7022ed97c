"""Chorus Pro: what a public body demands is there, a deposit is made once, and its report is applied."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
import pytest_asyncio

from core.tests.outside.receiver import LOOPBACK, Got, answer, receiving
from eyeot.runtime.outgoing import Outgoing
from eyeot_invoicing.einvoices.reading import read
from plugins.invoicing.tests.shop import Shop

CLIENT, SECRET, LOGIN, PASSWORD = "piste-app", "s3cret", "TECH_1@cpro.fr", "mot:de passe"
SIRET, DEPOSIT = "21750001600019", "CPP0011117000000000425903"


@dataclass
class Portal:
    """PISTE and Chorus Pro, as they answer; `demands`: what the body wants."""

    demands: dict[str, bool] = field(default_factory=dict)
    state: str = "IN_EN_COURS_TRAITEMENT"
    errors: list[dict[str, str]] = field(default_factory=list)
    deposits: list[dict[str, Any]] = field(default_factory=list)
    refuses: tuple[int, str] | None = None

    def __call__(self, got: Got) -> bytes:
        """Answer a request."""
        if got.path == "/api/oauth/token":
            told = parse_qs(got.body.decode())
            right = told["client_id"] == [CLIENT] and told["client_secret"] == [SECRET]
            if not right or told["scope"] != ["openid"]:
                return answer(401, b'{"error":"invalid_client"}')
            return _json({"access_token": "token", "expires_in": 3600})
        account = base64.b64decode(got.headers["cpro-account"]).decode()
        if got.headers["authorization"] != "Bearer token" or account != f"{LOGIN}:{PASSWORD}":
            return answer(401)
        if got.path == "/cpro/structures/v1/rechercher":
            known = got.told["structure"].get("identifiantStructure") == SIRET
            rows = [{"idStructureCPP": 25461, "designationStructure": "VILLE"}] if known else []
            return _json({"codeRetour": 0, "listeStructures": rows})
        if got.path == "/cpro/structures/v1/consulter":
            assert got.told["idStructureCPP"] == 25461
            return _json({"codeRetour": 0, "parametres": self.demands})
        if got.path == "/cpro/factures/v1/deposer/flux":
            return self._deposit(got)
        assert got.path == "/cpro/transverses/v1/consulterCRDetaille"
        assert got.told["numeroFluxDepot"] == DEPOSIT
        report = {"etatCourantDepotFlux": self.state, "listeErreurDP": self.errors}
        return _json({"codeRetour": 0, **report})

    def _deposit(self, got: Got) -> bytes:
        if self.refuses:
            status, words = self.refuses
            return _json({"codeRetour": 20, "libelle": words}, status)
        self.deposits.append(got.told)
        told = {"numeroFluxDepot": DEPOSIT, "syntaxeFlux": got.told["syntaxeFlux"]}
        return _json({"codeRetour": 0, "libelle": "OK", **told})


def _json(told: Any, status: int = 200) -> bytes:
    return answer(status, orjson.dumps(told), "date: Fri, 20 Nov 2026 09:30:00 GMT")


@pytest_asyncio.fixture(loop_scope="session")
async def portal(shop: Shop) -> AsyncIterator[Portal]:
    """A shop connected to the qualification system of Chorus Pro."""
    engine, portal = shop.house.engine, Portal()
    before = engine.outside
    async with receiving() as receiver:
        receiver.answers = portal
        providers = dict.fromkeys(("chorus_pro_test", "piste_test"), receiver.url(""))
        engine.outside = replace(before, http=Outgoing(allowed=LOOPBACK), providers=providers)
        yield portal
        engine.outside = before


async def _connected(shop: Shop, **more: Any) -> dict[str, Any]:
    given = {"account_login": LOGIN, "account_password": PASSWORD, **more}
    made = await shop.house.operator.call(
        "invoicing.pa_connection.create",
        platform="Chorus Pro",
        api="chorus_pro",
        client_id=CLIENT,
        client_secret=SECRET,
        **given,
    )
    return dict(made.result)


async def _posted(shop: Shop, **more: Any) -> dict[str, Any]:
    town = await shop.new_customer("Ville de Paris", siren=SIRET[:9], siret=SIRET)
    return await shop.posted(("10", "41.20", "20"), party_id=town["party_id"], **more)


async def test_a_connection_wants_the_technical_account_and_keeps_it_sealed(
    shop: Shop, portal: Portal
) -> None:
    posted = await _posted(shop)
    refused = await shop.call.refused("invoicing.einvoice.send_chorus_pro", invoice_id=posted["id"])
    assert "pa_connection.create" in refused["hint"]
    with pytest.raises(Exception, match="technical account"):
        await _connected(shop, account_password=None)
    made = await _connected(shop)
    assert not {"credentials", "account_password", "account_login"} & made.keys()
    tried = await shop.call("invoicing.pa_connection.test", id=made["id"])
    assert (tried["is_up"], portal.deposits) == (True, [])


async def test_what_the_buyer_demands_is_there_before_anything_is_sent(
    shop: Shop, portal: Portal
) -> None:
    await _connected(shop)
    portal.demands = {"codeServiceDoitEtreRenseigne": True, "numeroEJDoitEtreRenseigne": True}
    bare = await _posted(shop)
    refused = await shop.call.refused("invoicing.einvoice.send_chorus_pro", invoice_id=bare["id"])
    assert "buyer_reference" in refused["hint"]
    half = await shop.posted(
        ("1", "10.00", "20"), party_id=bare["party_id"], buyer_reference="FACTURES_PUBLIQUES"
    )
    refused = await shop.call.refused("invoicing.einvoice.send_chorus_pro", invoice_id=half["id"])
    assert "order_reference" in refused["hint"]
    private = await shop.posted(("1", "10.00", "20"))
    refused = await shop.call.refused(
        "invoicing.einvoice.send_chorus_pro", invoice_id=private["id"]
    )
    assert "SIRET" in refused["message"]
    draft = await shop.draft(("1", "10.00", "20"))
    refused = await shop.call.refused("invoicing.einvoice.send_chorus_pro", invoice_id=draft["id"])
    assert refused["code"] == "conflict"
    assert portal.deposits == []


async def test_a_deposit_is_made_once_and_its_report_moves_the_e_invoice(
    shop: Shop, portal: Portal
) -> None:
    await _connected(shop)
    portal.demands = {"gestionNumeroEJOuCodeService": True}
    posted = await _posted(shop, order_reference="EJ-2026-118", buyer_reference="SVC")
    sent = await shop.call("invoicing.einvoice.send_chorus_pro", invoice_id=posted["id"])
    assert (sent["status"], sent["deposit"], sent["is_settled"]) == ("200", DEPOSIT, False)
    (deposit,) = portal.deposits
    assert deposit["syntaxeFlux"] == "IN_DP_E2_CII_FACTURX"
    bill = read(base64.b64decode(deposit["fichierFlux"])).bill
    assert (bill.number, bill.order_reference, bill.buyer_reference) == (
        posted["number"],
        "EJ-2026-118",
        "SVC",
    )
    assert bill.buyer.siret == SIRET

    portal.state = "IN_INTEGRE"
    again = await shop.call("invoicing.einvoice.send_chorus_pro", invoice_id=posted["id"])
    assert (again["status"], again["is_settled"]) == ("202", True)
    last = await shop.call("invoicing.einvoice.send_chorus_pro", invoice_id=posted["id"])
    assert (last["status"], len(portal.deposits)) == ("202", 1)
    kept = await shop.call("invoicing.einvoice.get", id=sent["einvoice_id"])
    assert [one["code"] for one in kept["status_history"]] == ["200", "202"]

    # What is paid is told by the public body itself: no collection is sent there.
    paid = await shop.call("invoicing.invoice.register_payment", invoice_id=posted["id"])
    told = await shop.call("invoicing.einvoice.report_collected", payment_id=paid["payment_id"])
    assert not told["invoices"][0]["is_told"]


async def test_a_rejected_deposit_says_why_and_is_final(shop: Shop, portal: Portal) -> None:
    await _connected(shop)
    portal.state = "IN_REJETE"
    portal.errors = [{"numeroDP": "x", "libelleErreurDP": "Le code service n'existe pas"}]
    posted = await _posted(shop)
    told = await shop.call("invoicing.einvoice.send_chorus_pro", invoice_id=posted["id"])
    assert (told["status"], told["reason"]) == ("213", "Le code service n'existe pas")
    portal.state, portal.errors, portal.refuses = "", [], (400, "Le fichier est illisible")
    other = await shop.posted(("1", "5.00", "20"), party_id=posted["party_id"])
    told = await shop.call("invoicing.einvoice.send_chorus_pro", invoice_id=other["id"])
    assert (told["status"], told["is_deposited"]) == ("213", False)
    assert "illisible" in told["reason"]


async def test_without_a_provider_the_setting_to_set_is_named(shop: Shop, portal: Portal) -> None:
    await _connected(shop)
    engine = shop.house.engine
    engine.outside = replace(engine.outside, providers={})
    posted = await _posted(shop)
    refused = await shop.call.refused("invoicing.einvoice.send_chorus_pro", invoice_id=posted["id"])
    assert refused["code"] == "provider_not_configured"
    assert "EYEOT_PROVIDERS" in refused["hint"]
    await shop.house.operator.call(
        "invoicing.pa_connection.create", platform="PA", client_id="x", client_secret="y"
    )
    private = await shop.posted(("1", "10.00", "20"))
    told = await shop.call("invoicing.einvoice.submit", invoice_id=private["id"])
    assert "EYEOT_PROVIDERS=approved_platform_test" in told["reason"]
    assert not told["is_handed_over"]
