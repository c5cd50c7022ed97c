"""Incoming: supplier invoices in every state, e-invoices, and the platform they travel by."""

import base64
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from eyeot_invoicing.demo.office import Office
from eyeot_invoicing.einvoices.model import Bill, Line, Note, Paying, Sums, Tax, Trader
from eyeot_invoicing.einvoices.writing import write

_MILL = Trader(
    name="Minoterie du Val de Saône",
    siren="552100554",
    vat_number="FR96552100554",
    line1="8 chemin du Moulin",
    postcode="71000",
    city="Mâcon",
    address="552100554",
)
_NOTES = (
    Note(text="Indemnité forfaitaire pour frais de recouvrement : 40 €.", subject="PMT"),
    Note(text="Pénalités de retard : taux BCE majoré de 10 points.", subject="PMD"),
    Note(text="Pas d'escompte.", subject="AAB"),
)


async def load(office: Office) -> None:
    """Load what suppliers sent in the last weeks."""
    supplier = await office.ago(3).call(
        "crm.party.create",
        name="Assurances Rhodaniennes",
        addresses=[{"line1": "2 rue Childebert", "postcode": "69002", "city": "Lyon"}],
    )
    await _written(office, supplier["id"])
    await _read(office)


def _bill(number: str, issued: date) -> Bill:
    net, tax = Decimal("480.00"), Decimal("26.40")
    line = Line(
        id="1",
        name="Farine T65, sac de 25 kg",
        quantity=Decimal(20),
        price=Decimal("24.00"),
        net=net,
        category="S",
        percent=Decimal("5.5"),
    )
    return Bill(
        number=number,
        type_code="380",
        issued=issued,
        due=issued,
        currency="EUR",
        process="B1",
        seller=_MILL,
        buyer=Trader(name="La société", siren="732829320", address="732829320"),
        sums=Sums(
            lines=net,
            allowances=Decimal(0),
            net=net,
            tax=tax,
            gross=net + tax,
            prepaid=Decimal(0),
            due=net + tax,
        ),
        lines=(line,),
        taxes=(Tax(category="S", percent=Decimal("5.5"), base=net, tax=tax),),
        notes=_NOTES,
        paying=Paying(iban="FR7630006000011234567890189"),
    )


async def _read(office: Office) -> None:
    """Two e-invoices that came as files: one was read, one waits in the supplier's folder."""
    records: list[str] = []
    for number, read in (("F-2026-0041", True), ("F-2026-0042", False)):
        content = write(_bill(number, (office.at - timedelta(days=12)).date()), "cii")
        document = await office.call(
            "core.document.create",
            filename=f"{number}.xml",
            kind="invoice",
            content=base64.b64encode(content).decode(),
            records=records,
        )
        if read:
            entered = await office.call(
                "invoicing.supplier_invoice.create_from_document", document_id=document["id"]
            )
            records = [entered["party_id"]]


async def _written(office: Office, party_id: str) -> None:
    """Invoices that were entered by hand, each as far as another."""
    plain = {"description": "Maintenance du système", "net": {"amount": "240.00"}}
    reversed_charge = {
        "description": "Sous-traitance",
        "net": {"amount": "900.00"},
        "tax_category": "AE",
        "tax_percent": "0",
        "exemption_code": "VATEX-EU-AE",
    }
    yearly = {"description": "Assurance, six mois", "net": {"amount": "600.00"}}
    await _entered(office, party_id, "MNT-09", plain)
    for number, line in (
        ("MNT-10", plain),
        ("EU-2026-88", reversed_charge),
        ("ASSUR-2026", yearly),
    ):
        made = await _entered(office, party_id, number, line)
        await office.call("invoicing.supplier_invoice.approve", id=made["id"])
        await office.call("invoicing.supplier_invoice.post", id=made["id"])
    made = await _entered(office, party_id, "MNT-11", plain)
    await office.call("invoicing.supplier_invoice.approve", id=made["id"])


async def _entered(
    office: Office, party_id: str, number: str, line: dict[str, Any]
) -> dict[str, Any]:
    # Entered after what the bank brought: entries are numbered as they are written.
    day = (office.at - timedelta(days=20)).date().isoformat()
    return await office.call(
        "invoicing.supplier_invoice.create",
        number=number,
        party_id=party_id,
        invoice_date=day,
        lines=[line],
    )


async def _to_town(office: Office) -> None:
    """An invoice to a town hall, which takes it by Chorus Pro."""
    await office.call(
        "invoicing.pa_connection.create",
        platform="Chorus Pro (qualification)",
        api="chorus_pro",
        client_id="eyeot-demo",
        client_secret="sans valeur",  # noqa: S106 - it opens nothing
        account_login="TECH_1@cpro.fr",
        account_password="sans valeur",  # noqa: S106 - it opens nothing
    )
    town = await office.call(
        "crm.customer.create",
        name="Ville de Paris",
        siren="217500016",
        siret="21750001600019",
        lifecycle="customer",
        addresses=[{"line1": "Place de l'Hôtel de Ville", "postcode": "75004", "city": "Paris"}],
    )
    made = await office.call(
        "invoicing.invoice.create",
        party_id=town["party_id"],
        buyer_reference="FACTURES_PUBLIQUES",
        order_reference="EJ-2026-118",
        lines=[{"description": "Pain des cantines", "unit_price": {"amount": "412.00"}}],
    )
    await office.call("invoicing.invoice.post", id=made["id"])


async def sell(office: Office) -> None:
    """Load the platform, and invoices of ours: one is on its way to it, one was paid."""
    made = await office.ago(0).call(
        "invoicing.pa_connection.create",
        platform="Plateforme de test",
        client_id="eyeot-demo",
        client_secret="sans valeur",  # noqa: S106 - it opens nothing
    )
    assert made["id"]
    await _to_town(office)
    customers = await office.call("crm.customer.list", lifecycle="customer", limit=30)
    fit = [one for one in customers["items"] if one.get("siren")]
    line = {
        "description": "Audit de fournil, journée",
        "quantity": "2",
        "unit_price": {"amount": "850.00"},
    }
    for at, one in enumerate(fit[:3]):
        given = {"party_id": one["id"], "lines": [line]}
        made = await office.call("invoicing.invoice.create", **given)
        if at == 2:  # noqa: PLR2004 - the last one stays a draft
            return
        await office.call("invoicing.invoice.post", id=made["id"])
        if at == 0:
            await office.call("invoicing.einvoice.submit", invoice_id=made["id"])
        else:
            amount = {"amount": "500.00"}
            await office.call(
                "invoicing.invoice.register_payment", invoice_id=made["id"], amount=amount
            )
