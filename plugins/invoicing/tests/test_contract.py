"""Contract: every action of invoicing keeps what every plugin promises."""

from datetime import UTC, datetime
from typing import Any

import orjson

from eyeot.testing import contract
from eyeot.testing.contract import Stage
from eyeot_invoicing import plugin
from eyeot_invoicing.einvoices.writing import write
from eyeot_invoicing.platforms import cdar
from plugins.invoicing.tests.feed import APPLICATION, BACK, PEM
from plugins.invoicing.tests.test_purchases import bill

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class Platform:
    """A platform that knows everybody, has an invoice for us, and what became of one of ours."""

    def __init__(self) -> None:
        self.files = {"SupplierInvoice": write(bill("S-2026-11"), "cii")}

    def __call__(self, _method: str, path: str, _body: bytes) -> Any:
        """Answer a request."""
        head, _, query = path.partition("?")
        if head == "/token":
            return {"access_token": "token", "token_type": "Bearer"}
        if head.endswith("/flows"):
            return {"flowId": "flow-1"}
        if head.endswith("/search"):
            known = [{"flowId": one, "flowType": one} for one in self.files]
            return {"results": [{**one, "updatedAt": AT.isoformat()} for one in known]}
        if query == "docType=Original":
            return self.files[head.rpartition("/")[2]]
        return {"administrativeStatus": "A", "status": "ok"}

    async def approves(self, stage: Stage) -> None:
        """Take the e-invoice that waits, and tell that its buyer approved it."""
        found = await stage.look("invoicing.einvoice.list", status="prepared")
        waiting = found["items"][0]
        await stage.run("invoicing.einvoice.resubmit", {"id": waiting["id"]})
        told = cdar.Message(
            id="m-1",
            code="205",
            name="Approuvée",
            at=AT,
            number=waiting["number"],
            issued=None,
            seller_siren=waiting["seller_siren"],
        )
        self.files["CustomerInvoiceLC"] = cdar.write(told)


async def handed_over(stage: Stage) -> None:
    """Hand the invoice over that was paid last."""
    where = {"status": "partially_paid", "sort": "-issue_date", "limit": 1}
    (paid,) = (await stage.look("invoicing.invoice.list", **where))["items"]
    await stage.run("invoicing.einvoice.submit", {"invoice_id": paid["id"]})


class Feed:
    """Enable Banking: every account of the house may be read, and nothing moved."""

    def __init__(self) -> None:
        self.ibans: list[str] = []

    def __call__(self, _method: str, path: str, body: bytes) -> Any:
        """Answer a request."""
        head, _, _ = path.partition("?")
        if head == "/auth":
            return {"url": f"https://bank.example/?state={orjson.loads(body)['state']}"}
        if head == "/sessions":
            accounts = [{"uid": one, "account_id": {"iban": one}} for one in self.ibans]
            return {"session_id": "session", "accounts": accounts}
        if head.endswith("/balances"):
            amount = {"currency": "EUR", "amount": "0.00"}
            return {"balances": [{"balance_type": "CLBD", "balance_amount": amount}]}
        return {"transactions": [], "continuation_key": None}

    async def begun(self, stage: Stage) -> None:
        """Begin a consent for every account, so that it is renewed."""
        found = await stage.look("invoicing.bank_account.list", status="active", limit=100)
        for one in found["items"]:
            if one.get("iban"):
                self.ibans.append(one["iban"])
                await stage.run("invoicing.bank_account.renew_consent", self._first(one))

    async def agreed(self, stage: Stage) -> None:
        """Give it."""
        found = await stage.look("invoicing.bank_account.list", status="active", limit=100)
        for one in found["items"]:
            if one.get("iban"):
                self.ibans.append(one["iban"])
                told = (
                    await stage.run("invoicing.bank_account.renew_consent", self._first(one))
                ).result
                state = told["url"].partition("state=")[2]
                back = {"came_back_to": f"{BACK}?code=code&state={state}"}
                given = {"bank_account_id": one["id"], **back}
                await stage.run("invoicing.bank_account.renew_consent", given)

    def _first(self, account: dict[str, Any]) -> dict[str, Any]:
        return {
            "bank_account_id": account["id"],
            "bank": "Banque d'essai",
            "application_id": APPLICATION,
            "private_key": PEM,
            "redirect_url": BACK,
        }


class Till:
    """Stripe: makes links, by which nobody paid yet."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, _method: str, path: str, _body: bytes) -> Any:
        """Answer a request."""
        if path.startswith("/v1/checkout/sessions"):
            return {"data": []}
        self.made += 1
        return {"id": f"made_{self.made}", "url": f"https://buy.stripe.com/test_{self.made}"}

    async def connected(self, stage: Stage) -> None:
        """Have payments by card taken online."""
        found = await stage.look("invoicing.payment_method.list", kind="card")
        given = {"id": found["items"][0]["id"], "api_key": "sk_test_4eC39HqLyjWDarjtT1"}
        await stage.run("invoicing.payment_method.connect_provider", given)


def chorus(_method: str, path: str, _body: bytes) -> Any:
    """Chorus Pro: the town is known, and takes what it is sent."""
    if path.endswith("/deposer/flux"):
        return {"codeRetour": 0, "numeroFluxDepot": "CPP001"}
    if path.endswith("/consulterCRDetaille"):
        return {"codeRetour": 0, "etatCourantDepotFlux": "IN_INTEGRE"}
    return {"codeRetour": 0, "listeStructures": [{"idStructureCPP": 1}], "parametres": {}}


def piste(_method: str, _path: str, _body: bytes) -> Any:
    """PISTE: gives a token."""
    return {"access_token": "token", "token_type": "Bearer"}


platform, feed, till = Platform(), Feed(), Till()
test_contract = contract(
    plugin,
    {
        "approved_platform_test": platform,
        "chorus_pro_test": chorus,
        "open_banking": feed,
        "piste_test": piste,
        "stripe": till,
    },
    {
        "invoicing.bank_account.renew_consent": feed.begun,
        "invoicing.bank_account.sync": feed.agreed,
        "invoicing.einvoice.poll_statuses": platform.approves,
        "invoicing.einvoice.report_collected": handed_over,
        "invoicing.invoice.get_payment_link": till.connected,
    },
)
