"""Shop: a house that may sell, with a customer and what it sells."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from eyeot.runtime.relay import system
from eyeot.runtime.transaction import Transaction
from eyeot.testing.desk import Desk
from eyeot.testing.house import House

SIREN, OTHER_SIREN = "732829320", "552100554"


@dataclass(repr=False)
class Shop:
    """A company that is in order, and one that buys from it."""

    def __repr__(self) -> str:
        """Short: Hypothesis shows it."""
        return "Shop"

    call: Desk
    house: House
    customer: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def open(cls, call: Desk, house: House) -> "Shop":
        """Give the house its identity, and make a customer."""
        operator = house.operator
        own = (await operator.call("core.organization.list")).result["items"][0]["id"]
        told = {"siren": SIREN, "vat_number": "FR44732829320", "legal_form": "SARL"}
        capital = {"amount": "10000.00"}
        await operator.call(
            "core.organization.update", id=own, share_capital=capital, rcs_city="Lyon", **told
        )
        address = {"line1": "4 quai des Marans", "postcode": "69002", "city": "Lyon"}
        await operator.call(
            "core.establishment.create",
            name="Siège",
            siret="73282932000074",
            is_head_office=True,
            address=address,
        )
        made = cls(call, house)
        made.customer = await made.new_customer("SARL Martin", siren=OTHER_SIREN)
        return made

    async def new_customer(self, name: str, **more: Any) -> dict[str, Any]:
        """A customer with an address."""
        address = {"line1": "12 rue de la République", "postcode": "69002", "city": "Lyon"}
        given = {"addresses": [address], "lifecycle": "customer", **more}
        return await self.call("crm.customer.create", name=name, **given)

    async def rate(self, percent: str) -> str:
        """The id of a mainland rate."""
        found = await self.call(
            "sales.tax_rate.list", scope="sale", territory="metropole", limit=100
        )
        return str(next(one["id"] for one in found["items"] if one["rate"] == percent))

    async def draft(self, *lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
        """A draft with lines of (quantity, price, VAT percent)."""
        rows = [
            {
                "description": f"Article {at}",
                "quantity": quantity,
                "unit_price": {"amount": price},
                "tax_rate_id": await self.rate(percent),
            }
            for at, (quantity, price, percent) in enumerate(lines, start=1)
        ]
        given = {"party_id": self.customer["id"], "lines": rows, **more}
        return await self.call("invoicing.invoice.create", **given)

    async def posted(self, *lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
        """A posted invoice of such lines."""
        made = await self.draft(*lines, **more)
        return await self.call("invoicing.invoice.post", id=made["id"])

    async def regime(self, regime: str = "normal_monthly", *, debits: bool = False) -> None:
        """Set how the house declares VAT."""
        operator = self.house.operator
        own = (await operator.call("core.organization.list")).result["items"][0]["id"]
        await operator.call(
            "core.organization.set_vat_regime",
            id=own,
            effective_from="2026-01-01",
            vat_regime=regime,
            vat_on_debits=debits,
        )

    async def vat(self, period: str) -> Decimal:
        """The collected VAT of a period, to the cent."""
        told = await self.call("invoicing.report.vat_detail", period=period, direction="collected")
        return Decimal(told["totals"]["collected_tax"])

    async def balances(self) -> dict[str, Decimal]:
        """The balance of every account, from all entries."""
        sums: dict[str, Decimal] = {}
        codes: dict[str, str] = {}
        listed = await self.call("invoicing.journal_entry.list", limit=100)
        for one in listed["items"]:
            entry = await self.call("invoicing.journal_entry.get", id=one["id"])
            for line in entry["lines"]:
                id = line["account_id"]
                if id not in codes:
                    codes[id] = (await self.call("invoicing.ledger_account.get", id=id))["code"]
                amount = Decimal(line["debit"]) - Decimal(line["credit"])
                sums[codes[id]] = sums.get(codes[id], Decimal(0)) + amount
        return sums

    async def content(self, sha256: str) -> bytes:
        """The bytes that were kept under a digest."""
        engine, org = self.house.engine, self.house.org_id
        caller = await system(engine, org, "tests")
        async with Transaction(engine.database.reads, org, reads=True) as transaction:
            unit = engine.bare_unit(transaction, caller, engine.clock())
            return b"".join([piece async for piece in unit.content(sha256)])
