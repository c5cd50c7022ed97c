"""Banking: a shop's accounts at banks, and statements made as a test needs them."""

import base64
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plugins.invoicing.tests.shop import Shop

IBAN, SECOND_IBAN = "FR7630006000011234567890189", "FR1420041010050500013M02606"
_ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{ref}</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>{e2e}</EndToEndId></Refs><RltdPties>
<{side}><Pty><Nm>{name}</Nm></Pty></{side}><{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>
</RltdPties><RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""
_STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T06:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{opening}</Amt><CdtDbtInd>{os}</CdtDbtInd>
<Dt><Dt>{first}</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{closing}</Amt><CdtDbtInd>{cs}</CdtDbtInd>
<Dt><Dt>{last}</Dt></Dt></Bal>{entries}</Stmt></BkToCstmrStmt></Document>"""


@dataclass(frozen=True, slots=True)
class Line:
    """A movement to be told."""

    amount: str
    words: str = ""
    name: str = "SARL MARTIN"
    iban: str = "FR7610278061000002039670155"
    e2e: str = "NOTPROVIDED"
    day: str = ""
    ref: str = ""


def camt(opening: str, *lines: Line, day: str, account: str = IBAN, closing: str = "") -> str:
    """A camt.053 of one day."""
    total = sum((Decimal(one.amount) for one in lines), Decimal(opening))
    end = Decimal(closing) if closing else total
    entries = "".join(
        _ENTRY.format(
            amount=one.amount.lstrip("-"),
            sign="DBIT" if one.amount.startswith("-") else "CRDT",
            side="Cdtr" if one.amount.startswith("-") else "Dbtr",
            day=one.day or day,
            ref=one.ref or f"{one.day or day}-{at}",
            e2e=one.e2e,
            name=one.name,
            iban=one.iban,
            words=one.words,
        )
        for at, one in enumerate(lines, start=1)
    )
    return _STATEMENT.format(
        account=account,
        opening=opening.lstrip("-"),
        closing=f"{abs(end):f}",
        os="DBIT" if opening.startswith("-") else "CRDT",
        cs="DBIT" if end < 0 else "CRDT",
        first=min((one.day or day for one in lines), default=day),
        last=day,
        entries=entries,
    )


@dataclass
class Bank:
    """A shop and its main account."""

    shop: Shop
    account: dict[str, Any]

    @classmethod
    async def open(cls, shop: Shop, **more: Any) -> "Bank":
        """Open the main account."""
        given = {"name": "Compte courant", "iban": IBAN, **more}
        return cls(shop, await shop.call("invoicing.bank_account.create", **given))

    @property
    def today(self) -> str:
        """The house's day."""
        return self.shop.call.engine.clock().date().isoformat()

    async def bring(self, file: str | bytes, **more: Any) -> dict[str, Any]:
        """Import a file."""
        content = file.encode() if isinstance(file, str) else file
        given = {"bank_account_id": self.account["id"], "filename": "releve.xml", **more}
        return await self.shop.call(
            "invoicing.bank_statement.import_file",
            content=base64.b64encode(content).decode(),
            **given,
        )

    async def refused(self, file: str | bytes, **more: Any) -> dict[str, Any]:
        """The refusal of a file."""
        content = file.encode() if isinstance(file, str) else file
        given = {"bank_account_id": self.account["id"], "filename": "releve.xml", **more}
        return await self.shop.call.refused(
            "invoicing.bank_statement.import_file",
            content=base64.b64encode(content).decode(),
            **given,
        )

    async def movements(self, *lines: Line, opening: str = "0.00") -> list[dict[str, Any]]:
        """Import a statement of today's; its movements, in order."""
        made = await self.bring(camt(opening, *lines, day=self.today))
        found = await self.shop.call(
            "invoicing.bank_transaction.list",
            statement_id=made["statements"][0]["statement_id"],
            sort="position",
            limit=100,
        )
        return list(found["items"])

    async def invoice(self, id: str) -> dict[str, Any]:
        """An invoice as it stands."""
        return await self.shop.call("invoicing.invoice.get", id=id)

    async def balance(self, code: str) -> Decimal:
        """What stands on an account: debits less credits of validated entries."""
        found = await self.shop.call("invoicing.ledger_account.list", code=code)
        id, total = found["items"][0]["id"], Decimal(0)
        entries = await self.shop.call("invoicing.journal_entry.list", limit=100)
        for one in entries["items"]:
            entry = await self.shop.call("invoicing.journal_entry.get", id=one["id"])
            if entry["status"] != "draft":
                for line in entry["lines"]:
                    if line["account_id"] == id:
                        total += Decimal(line.get("debit", 0)) - Decimal(line.get("credit", 0))
        return total
