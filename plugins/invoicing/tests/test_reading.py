"""Reading: who sells sees what their customers were asked; the books are for who keeps or checks them."""

from plugins.invoicing.tests.shop import Shop

ADDRESS = {"line1": "1 place Bellecour", "postcode": "69002", "city": "Lyon"}
BOOKS = [
    *(
        f"invoicing.{name}.list"
        for name in (
            "bank_account",
            "bank_transaction",
            "bank_statement",
            "ledger_account",
            "journal_entry",
            "supplier_invoice",
            "vat_return",
            "fec_export",
            "einvoice",
            "pa_connection",
        )
    ),
    "invoicing.report.general_ledger",
    "invoicing.report.income_statement",
    "invoicing.report.vat_detail",
    "invoicing.report.aged_payables",
]


async def test_who_sells_reads_what_their_customers_were_asked_and_not_the_books(
    shop: Shop,
) -> None:
    people = {"sales": "anne", "viewer": "boris", "auditor": "carla"}
    for role, name in people.items():
        await shop.house.person(name, role)
    anne, viewer, auditor = [
        await shop.house.desk(role=role, owner=name) for role, name in people.items()
    ]
    mine = await anne(
        "crm.customer.create", name="À elle", lifecycle="customer", addresses=[ADDRESS]
    )
    asked = await shop.posted(("1", "10.00", "20"), party_id=mine["id"])
    others = await shop.posted(("1", "20.00", "20"))
    await shop.call("invoicing.invoice.register_payment", invoice_id=asked["id"])

    seen = await anne("invoicing.invoice.list")
    assert [one["id"] for one in seen["items"]] == [asked["id"]]
    assert (await anne("invoicing.invoice.get", id=asked["id"]))["lines"]
    assert len((await anne("invoicing.payment.list"))["items"]) == 1
    assert (await anne.refused("invoicing.invoice.get", id=others["id"]))["code"] == "not_found"
    aged = await anne("invoicing.report.revenue_by_nature")
    assert aged["total_rows"] == 1, aged
    for desk in (anne, viewer):
        for name in BOOKS:
            refused = await desk.refused(name)
            assert (refused["code"], refused["permission"]) == (
                "permission_denied",
                "invoicing.books:read",
            ), name
    for name in BOOKS:
        assert await auditor(name) is not None
