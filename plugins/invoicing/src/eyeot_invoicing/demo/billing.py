"""Billing: the demo company's invoices in every state, credit notes and VAT returns."""

from datetime import date, timedelta
from typing import Any

from eyeot_invoicing.demo.office import Office

_SIREN = "901234518"
_ADDRESS = {"line1": "14 rue des Tanneurs", "postcode": "69005", "city": "Lyon"}


async def load(office: Office) -> None:
    """Load what was invoiced some months ago."""
    await _regime(office.ago(360))
    buyer = await office.ago(110).call(
        "crm.customer.create",
        name="Les Tanneurs, restaurant",
        siren=_SIREN,
        lifecycle="customer",
        addresses=[_ADDRESS],
    )
    billing = Billing(office, buyer["party_id"], await _rates(office))
    await billing.invoices()
    paid = await billing.credits()
    await billing.draft()
    await billing.due(paid)


async def _regime(office: Office) -> None:
    own = await office.first("core.organization")
    if own.get("vat_regime"):
        return
    await office.call(
        "core.organization.set_vat_regime",
        id=own["id"],
        effective_from=office.day,
        vat_regime="normal_monthly",
    )


async def _rates(office: Office) -> dict[str, str]:
    return {
        code: (await office.first("sales.tax_rate", code=code))["id"] for code in ("FR20", "FR055")
    }


class Billing:
    """Makes the invoices of one customer."""

    def __init__(self, office: Office, party_id: str, rates: dict[str, str]) -> None:
        self.office = office
        self.party_id = party_id
        self.rates = rates

    def line(self, text: str, price: str, nature: str = "goods", rate: str = "FR20") -> Any:
        """A line."""
        price_of = {"amount": price, "currency": "EUR"}
        given = {"description": text, "unit_price": price_of, "nature": nature}
        return {**given, "tax_rate_id": self.rates[rate]}

    async def _draft(self, *lines: Any, **more: Any) -> dict[str, Any]:
        return await self.office.call(
            "invoicing.invoice.create", party_id=self.party_id, lines=list(lines), **more
        )

    async def _posted(self, *lines: Any, **more: Any) -> dict[str, Any]:
        made = await self._draft(*lines, **more)
        return await self.office.call("invoicing.invoice.post", id=made["id"])

    async def invoices(self) -> None:
        """One that is overdue, one disputed, a paid deposit, and two to be credited."""
        self.office.ago(100)
        await self._posted(
            self.line("Batterie de cuisine", "1480.00"),
            self.line("Livraison et mise en place", "120.00", "service"),
        )
        self.office.ago(95)
        contested = await self._posted(self.line("Couteaux de chef", "640.00"))
        await self.office.call(
            "invoicing.invoice.dispute", id=contested["id"], reason="Un couteau manquait au colis"
        )
        self.office.ago(90)
        deposit = await self._posted(
            self.line("Acompte, piano de cuisson", "900.00"), kind="deposit"
        )
        await self._paid(deposit)

    async def _paid(self, invoice: dict[str, Any]) -> None:
        await self.office.call("invoicing.invoice.register_payment", invoice_id=invoice["id"])

    async def credits(self) -> dict[str, Any]:
        """A credit note on a paid invoice, so that it may be used or paid back, and a draft of one."""
        self.office.ago(80)
        paid = await self._posted(
            self.line("Vaisselle", "410.00"), self.line("Épicerie fine", "96.00", rate="FR055")
        )
        await self._paid(paid)
        lines = (await self.office.call("invoicing.invoice.get", id=paid["id"]))["lines"]
        self.office.ago(75)
        await self._credited(paid, {"line_id": lines[0]["id"], "amount": "55.00"}, "return")
        self.office.ago(70)
        late = await self._posted(self.line("Entretien des hottes", "260.00", "service"))
        await self.office.call("invoicing.invoice.credit", invoice_id=late["id"], reason="discount")
        return {**paid, "lines": lines}

    async def _credited(self, invoice: dict[str, Any], line: dict[str, Any], reason: str) -> None:
        note = await self.office.call(
            "invoicing.invoice.credit", invoice_id=invoice["id"], lines=[line], reason=reason
        )
        await self.office.call("invoicing.credit_note.post", id=note["id"])

    async def draft(self) -> None:
        """One that waits to be posted."""
        self.office.ago(2)
        await self._draft(
            self.line("Assiettes, 24 pièces", "188.00"),
            self.line("Conseil de carte", "350.00", "service"),
        )

    async def due(self, paid: dict[str, Any]) -> None:
        """One that is due, a credit note that may settle some of it, and a payment that is expected."""
        self.office.ago(1)
        await self._posted(self.line("Verres, 60 pièces", "210.00"))
        await self._credited(
            paid, {"line_id": paid["lines"][1]["id"], "amount": "20.00"}, "discount"
        )
        await self.office.call(
            "invoicing.payment.create",
            party_id=self.party_id,
            amount={"amount": "252.00", "currency": "EUR"},
            reference="Virement annoncé",
        )


async def declare(office: Office) -> None:
    """Declare the VAT of the month before last, frozen, and of the last month, to be looked at."""
    office.ago(0)
    first = date.fromisoformat(office.day).replace(day=1)
    last = first - timedelta(days=1)
    before = last.replace(day=1) - timedelta(days=1)
    made = await office.call("invoicing.vat_return.create", period=f"{before:%Y-%m}")
    await office.call("invoicing.vat_return.validate", id=made["id"])
    await office.call("invoicing.vat_return.create", period=f"{last:%Y-%m}")
