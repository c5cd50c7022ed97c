"""Books: entries, letters, periods and closings of the demo company."""

from datetime import timedelta
from typing import Any

from eyeot_invoicing.demo.office import Office

_LONG_AGO = 380
"""Days before today: at the beginning of the demo."""


async def _entry(
    office: Office, piece: str, label: str, sides: tuple[str, str], amount: str
) -> dict[str, Any]:
    """A draft of two lines in the journal of various operations."""
    debit, credit = [
        (await office.first("invoicing.ledger_account", code=one))["id"] for one in sides
    ]
    return await office.call(
        "invoicing.journal_entry.create",
        journal_id=(await office.first("invoicing.journal", code="OD"))["id"],
        date=office.day,
        label=label,
        piece_ref=piece,
        lines=[
            {"account_id": debit, "debit": amount},
            {"account_id": credit, "credit": amount},
        ],
    )


_RENT = ("613000", "512000")


async def begin(office: Office) -> None:
    """A capital and a rent."""
    office.ago(_LONG_AGO)
    first = [
        await _entry(office, "STATUTS", "Apport en capital", ("512000", "101000"), "50000.00"),
        await _entry(office, "LOYER-1", "Loyer", _RENT, "1450.00"),
    ]
    await _validate(office, first)


async def load(office: Office) -> None:
    """Transfers between cash and bank, a month that is closed for now, a draft and files."""
    office.ago(3)
    label = "Approvisionnement de la caisse"
    moved = [
        await _entry(office, f"REMISE-{name}", label, sides, "200.00")
        for name, sides in (
            ("1A", ("530000", "580000")),
            ("1B", ("580000", "512000")),
            ("2A", ("530000", "580000")),
            ("2B", ("580000", "512000")),
        )
    ]
    twice = await _entry(office, "LOYER-DOUBLE", "Loyer saisi deux fois", _RENT, "1450.00")
    await _validate(office, [*moved, twice])
    await office.call(
        "invoicing.ledger_account.reconcile_letter",
        account_id=(await office.first("invoicing.ledger_account", code="580000"))["id"],
        entry_ids=[one["id"] for one in moved[:2]],
    )
    office.ago(1)
    await _close(office)
    await _entry(office, "LOYER-N", "Loyer du mois", _RENT, "1450.00")
    await office.call("invoicing.fec_export.generate")


async def archive(office: Office) -> None:
    """Put the first month that is closed into a file that this deployment signs."""
    first = await office.ago(0).first("invoicing.fiscal_period", status="soft_closed", sort="start")
    await office.call("invoicing.fiscal_seal.archive_period", period=first["name"])


async def _validate(office: Office, entries: list[dict[str, Any]]) -> None:
    ids = [one["id"] for one in entries]
    await office.call("invoicing.journal_entry.validate", entry_ids=ids)


async def _close(office: Office) -> None:
    """Close the month of the beginning for now, unless the year did."""
    name = f"{office.demo.now - timedelta(days=_LONG_AGO):%Y-%m}"
    month = await office.first("invoicing.fiscal_period", name=name)
    if month["status"] == "open":
        await office.call("invoicing.fiscal_period.soft_close", id=month["id"])
