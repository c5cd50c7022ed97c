"""Bank: the demo company's accounts at banks, a month of movements, and cheques in the drawer."""

from typing import Any

from eyeot_invoicing.demo.office import Office

_IBANS = ("FR7630006000011234567890189", "FR1420041010050500013M02606")


async def load(office: Office) -> None:
    """Load the bank."""
    buyers = await _buyers(office.ago(60))
    invoices = [
        await _invoice(office, one, price)
        for one, price in zip(
            buyers * 3, ("350.00", "1250.00", "480.00", "90.00", "75.00", "2400.00"), strict=False
        )
    ]
    main = await office.call(
        "invoicing.bank_account.create",
        name="Compte courant",
        iban=_IBANS[0],
        opening_balance=_euros("12500.00"),
    )
    savings = await office.call("invoicing.bank_account.create", name="Livret", iban=_IBANS[1])
    await office.call(
        "invoicing.reconciliation_rule.create",
        name="Cotisation de carte",
        condition={"text": ["COTISATION CARTE"], "direction": "out"},
        action="book",
        account_id=(await office.first("invoicing.ledger_account", code="627000"))["id"],
        auto_confirm=True,
    )
    await office.call(
        "invoicing.reconciliation_rule.create",
        name="Loyer",
        condition={"text": ["LOYER"], "direction": "out"},
        action="tag",
        label="Loyer du local",
    )
    await _payments(office.ago(40), buyers, invoices)
    await _done(office.ago(35), main)
    await _month(office.ago(30), main, invoices)
    await _statement(office, savings, (("VIREMENT INTERNE RECU", "500.00"),))
    await _later(office.ago(4), main)


async def _buyers(office: Office) -> list[dict[str, Any]]:
    """Two customers whose cards are complete, one of the group of the other."""
    found = []
    for name, siren in (("Hôtel Belle Rive", "383474814"), ("Restaurant Belle Rive", "451770515")):
        address = {"line1": "2 quai du Rhône", "postcode": "69002", "city": "Lyon"}
        made = await office.call(
            "crm.customer.create", name=name, siren=siren, lifecycle="customer", addresses=[address]
        )
        found.append(made)
    await office.call(
        "crm.party.set_hierarchy", id=found[1]["party_id"], parent_id=found[0]["party_id"]
    )
    return found


async def _invoice(office: Office, buyer: dict[str, Any], price: str) -> dict[str, Any]:
    rate = await office.first("sales.tax_rate", code="FR20")
    line = {
        "description": "Entretien de cuisine professionnelle",
        "unit_price": _euros(price),
        "tax_rate_id": rate["id"],
    }
    draft = await office.call("invoicing.invoice.create", party_id=buyer["party_id"], lines=[line])
    return await office.call("invoicing.invoice.post", id=draft["id"])


async def _payments(
    office: Office, buyers: list[dict[str, Any]], invoices: list[dict[str, Any]]
) -> None:
    """A cheque in the drawer, an advance, a draft and an invoice that was paid."""
    for amount, code, reference in (
        ("150.00", "cheque", "CHQ 0004512"),
        ("200.00", "transfer", "ACOMPTE"),
        ("60.00", "transfer", "ATTENDU"),
    ):
        method = await office.first("invoicing.payment_method", code=code)
        made = await office.call(
            "invoicing.payment.create",
            party_id=buyers[0]["party_id"],
            amount=_euros(amount),
            method_id=method["id"],
            reference=reference,
        )
        if reference != "ATTENDU":
            await office.call("invoicing.payment.post", id=made["id"])
    await office.call("invoicing.invoice.register_payment", invoice_id=invoices[3]["id"])


async def _month(office: Office, account: dict[str, Any], invoices: list[dict[str, Any]]) -> None:
    first, second = invoices[0], invoices[1]
    await _statement(
        office,
        account,
        (
            (f"VIR HOTEL BELLE RIVE FACTURE {first['number']}", first["total_gross"]["amount"]),
            (f"VIR RESTAURANT BELLE RIVE {second['number']}", second["total_gross"]["amount"]),
            ("COTISATION CARTE BLEUE", "-4.50"),
            ("ECHEANCE PRET 2026-11", "-400.00"),
            ("VIREMENT INTERNE", "-500.00"),
        ),
    )


async def _statement(
    office: Office, account: dict[str, Any], rows: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    lines = [f"{office.day};{label};{amount}" for label, amount in rows]
    return await office.call(
        "invoicing.bank_statement.import_file",
        bank_account_id=account["id"],
        filename=f"releve-{office.day}.csv",
        text="\n".join(("Date;Libellé;Montant", *lines, "")),
    )


async def _done(office: Office, account: dict[str, Any]) -> None:
    """A statement whose movements are all explained."""
    made = await _statement(office, account, (("COTISATION CARTE PRO", "-6.00"),))
    id = made["statements"][0]["statement_id"]
    await office.call("invoicing.bank_statement.auto_reconcile", id=id)


async def _later(office: Office, account: dict[str, Any]) -> None:
    """What came last: nobody looked at it yet."""
    await _statement(
        office,
        account,
        (
            ("PRLV ORANGE PRO", "-46.80"),
            ("REM CHEQUES", "150.00"),
            ("FRAIS TENUE DE COMPTE", "-12.00"),
        ),
    )


def _euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}
