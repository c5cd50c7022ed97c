"""camt: ISO 20022 statements (camt.053) and notices (camt.054), versions 001.02 to 001.12."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from eyeot_invoicing.bank.formats.sheet import (
    Detail,
    Movement,
    Sheet,
    Unreadable,
    amount_of,
    day_of,
    text,
)

_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.05([34])\.001\.(\d{2})\}Document")
_FIRST, _LAST = 2, 12
_STATEMENTS = {"3": ("BkToCstmrStmt", "Stmt"), "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
_DEEPEST = 40
_MOST_DETAILS = 200
_LONGEST_CODE = 60
_BOOKED = "BOOK"
_REMITTANCE = ("Ustrd", "Strd/CdtrRefInf/Ref", "Strd/RfrdDocInf/Nb")


class Node:
    """An element read by the local names of those below it: namespaces differ by version only."""

    __slots__ = ("element",)

    def __init__(self, element: Any) -> None:
        self.element = element

    def all(self, path: str) -> Iterator["Node"]:
        """Every element at a path of local names."""
        head, _, rest = path.partition("/")
        for one in self.element:
            if one.tag.rpartition("}")[2] == head:
                yield from Node(one).all(rest) if rest else (Node(one),)

    def first(self, *paths: str) -> "Node | None":
        """The first element at the first of the paths that leads to one."""
        return next((one for path in paths for one in self.all(path)), None)

    def value(self, *paths: str, longest: int = 500) -> str:
        """The text there, or nothing."""
        found = self.first(*paths)
        return text(found.element.text, longest) if found else ""


def read(content: bytes) -> list[Sheet]:
    """The statements of a file."""
    root = _root(content)
    found = _NAMESPACE.fullmatch(root.tag)
    if not found or not _FIRST <= int(found[2]) <= _LAST:
        raise Unreadable(
            "is XML, but neither camt.053 nor camt.054 of the versions 001.02 to 001.12"
        )
    outer, inner = _STATEMENTS[found[1]]
    sheets = [_sheet(one, balanced=found[1] == "3") for one in Node(root).all(f"{outer}/{inner}")]
    if not sheets:
        raise Unreadable(f"holds no statement ({outer}/{inner})")
    return sheets


def _root(content: bytes) -> Any:
    """The document, of which nothing is fetched, expanded or declared (XML external entities)."""
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable("declares a DTD or entities, which no bank's statement does") from None
    except (ParseError, ValueError, LookupError) as wrong:
        raise Unreadable(f"is no whole XML file ({wrong})") from None
    _refuse_deep(root)
    return root


def _refuse_deep(root: Any) -> None:
    level = [root]
    for _ in range(_DEEPEST):
        level = [below for one in level for below in one]
        if not level:
            return
    raise Unreadable(f"is nested more than {_DEEPEST} deep, which no statement is")


def _sheet(node: Node, *, balanced: bool) -> Sheet:
    booked, pending = [], 0
    for one in node.all("Ntry"):
        state = one.value("Sts/Cd", "Sts")
        if state not in (_BOOKED, ""):
            pending += 1
            continue
        booked.append(_movement(one))
    balances = {b.value("Tp/CdOrPrtry/Cd"): _signed(b) for b in node.all("Bal")}
    amounts = [one.first("Amt") for one in node.all("Ntry")]
    told = {one.element.get("Ccy", "") for one in amounts if one}
    if len(told) > 1:
        raise Unreadable(f"mixes currencies: {', '.join(sorted(told))}")
    start, end = (
        node.value("FrToDt/FrDtTm", "FrToDt/FrDt"),
        node.value("FrToDt/ToDtTm", "FrToDt/ToDt"),
    )
    sheet = Sheet(
        account=node.value("Acct/Id/IBAN", "Acct/Id/Othr/Id"),
        movements=booked,
        currency=node.value("Acct/Ccy") or next(iter(told), ""),
        # A statement in several pages carries the balance in between (ITBD) where others open and close.
        opening=balances.get("OPBD", balances.get("PRCD")) if balanced else None,
        closing=balances.get("CLBD") if balanced else None,
        start=day_of(start) if start else None,
        end=day_of(end) if end else None,
        pending=pending,
    )
    if balanced and (sheet.opening is None or sheet.closing is None):
        raise Unreadable("lacks its opening (OPBD or PRCD) or its closing balance (CLBD)")
    return sheet


def _signed(node: Node) -> Decimal:
    """An amount with its direction; that of a reversal is told like any other's."""
    amount = amount_of(node.value("Amt"))
    direction = node.value("CdtDbtInd")
    if direction not in ("CRDT", "DBIT") or amount < 0:
        raise Unreadable("has an amount without a direction (CdtDbtInd)")
    return amount if direction == "CRDT" else -amount


def _movement(node: Node) -> Movement:
    amount = _signed(node)
    sign = 1 if amount > 0 else -1
    details = [_detail(one, sign) for one in node.all("NtryDtls/TxDtls")][:_MOST_DETAILS]
    single = details[0] if len(details) == 1 else None
    remittance = single.remittance if single else " / ".join(one.remittance for one in details)
    booked = node.value("BookgDt/Dt", "BookgDt/DtTm") or node.value("ValDt/Dt", "ValDt/DtTm")
    value = node.value("ValDt/Dt", "ValDt/DtTm")
    return Movement(
        booked_on=day_of(booked),
        value_on=day_of(value) if value else None,
        amount=amount,
        counterparty=single.counterparty if single else "",
        iban=single.iban if single else "",
        remittance=text(remittance) or node.value("AddtlNtryInf"),
        end_to_end_id=single.end_to_end_id if single else "",
        bank_code=_code(node),
        reference=node.value("AcctSvcrRef", "NtryRef", longest=100),
        details=tuple(details) if len(details) > 1 else (),
    )


def _code(node: Node) -> str:
    names = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
    parts = [one for one in (node.value(name) for name in names) if one]
    return "-".join(parts)[:_LONGEST_CODE] or node.value("BkTxCd/Prtry/Cd", longest=40)


def _detail(node: Node, sign: int) -> Detail:
    """The other side is the debtor of what came in, and the creditor of what went out."""
    side = "Dbtr" if sign > 0 else "Cdtr"
    words = [text(one.element.text) for path in _REMITTANCE for one in node.all(f"RmtInf/{path}")]
    amount = node.value("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
    end_to_end = node.value("Refs/EndToEndId", longest=100)
    return Detail(
        amount=sign * amount_of(amount) if amount else Decimal(0),
        counterparty=node.value(f"RltdPties/{side}/Pty/Nm", f"RltdPties/{side}/Nm", longest=140),
        iban=node.value(f"RltdPties/{side}Acct/Id/IBAN", longest=34),
        remittance=text(" ".join(words)) or node.value("AddtlTxInf"),
        end_to_end_id="" if end_to_end == "NOTPROVIDED" else end_to_end,
    )
