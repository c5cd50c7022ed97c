"""CDAR: messages that tell the status of an invoice (UN/CEFACT, D22B)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from lxml import etree
from lxml.builder import ElementMaker

from eyeot_invoicing.einvoices.opening import Refused, tree

_RSM = "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
_NAMES = {"rsm": _RSM, "ram": _RAM, "udt": _UDT, "qdt": _QDT}
_GUIDELINE: Final = "urn.cpro.gouv.fr:1p0:CDV:invoice"
_STAMP, _DAY = "%Y%m%d%H%M%S", "%Y%m%d"
_BUYER, _SELLER, _PLATFORM = "BY", "SE", "WK"
_MOST = 200
rsm = ElementMaker(namespace=_RSM, nsmap=_NAMES)
ram = ElementMaker(namespace=_RAM, nsmap=_NAMES)
udt = ElementMaker(namespace=_UDT, nsmap=_NAMES)
qdt = ElementMaker(namespace=_QDT, nsmap=_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An amount that a status is about, with VAT, and the rate it is under (MEN collected, MAP approved)."""

    amount: Decimal
    currency: str
    percent: Decimal | None = None
    kind: str = "MEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A status of an invoice, who tells it and to whom."""

    id: str
    code: str
    name: str
    at: datetime
    number: str
    issued: date | None
    seller_siren: str
    buyer_siren: str = ""
    type_code: str = "380"
    by_buyer: bool = True
    to_address: str = ""
    """The electronic address it goes to: of the seller, when the buyer tells (BT-34)."""
    reason_code: str = ""
    reason: str = ""
    note: str = ""
    parts: Sequence[Part] = field(default_factory=tuple)


def write(message: Message) -> bytes:
    """The message as XML."""
    root = rsm.CrossDomainAcknowledgementAndResponse(
        rsm.ExchangedDocumentContext(
            ram.BusinessProcessSpecifiedDocumentContextParameter(ram.ID("REGULATED")),
            ram.GuidelineSpecifiedDocumentContextParameter(ram.ID(_GUIDELINE)),
        ),
        _exchanged(message),
        _acknowledged(message),
    )
    told: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return told


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_STAMP)


def _trader(maker: str, siren: str, role: str, address: str = "") -> etree._Element:
    told = getattr(ram, maker)(ram.GlobalID(siren, schemeID="0002"), ram.RoleCode(role))
    if address:
        told.append(ram.URIUniversalCommunication(ram.URIID(address, schemeID="0225")))
    return told


def _exchanged(message: Message) -> etree._Element:
    own, other = (
        ((message.buyer_siren, _BUYER), (message.seller_siren, _SELLER))
        if message.by_buyer
        else ((message.seller_siren, _SELLER), (message.buyer_siren, _BUYER))
    )
    return rsm.ExchangedDocument(
        ram.ID(message.id),
        ram.Name(message.name),
        ram.IssueDateTime(udt.DateTimeString(_stamp(message.at), format="204")),
        ram.SenderTradeParty(ram.RoleCode(_PLATFORM)),
        _trader("IssuerTradeParty", *own),
        _trader("RecipientTradeParty", *other, message.to_address),
    )


def _acknowledged(message: Message) -> etree._Element:
    reference = ram.ReferenceReferencedDocument(
        ram.IssuerAssignedID(message.number),
        ram.TypeCode(message.type_code),
    )
    if message.issued:
        day = message.issued.strftime(_DAY)
        reference.append(ram.FormattedIssueDateTime(qdt.DateTimeString(day, format="102")))
    reference.append(ram.ProcessConditionCode(message.code))
    reference.append(ram.ProcessCondition(message.name))
    reference.append(_trader("IssuerTradeParty", message.seller_siren, _SELLER))
    reference.append(_status(message))
    return rsm.AcknowledgementDocument(
        ram.MultipleReferencesIndicator(udt.Indicator("false")),
        ram.TypeCode("23"),
        ram.IssueDateTime(udt.DateTimeString(_stamp(message.at), format="204")),
        reference,
    )


def _status(message: Message) -> etree._Element:
    status = ram.SpecifiedDocumentStatus(
        ram.ReferenceDateTime(udt.DateTimeString(_stamp(message.at), format="204"))
    )
    if message.reason_code:
        status.append(ram.ReasonCode(message.reason_code))
    if message.reason:
        status.append(ram.Reason(message.reason))
    status.append(ram.SequenceNumeric("1"))
    if message.note:
        status.append(ram.IncludedNote(ram.Content(message.note)))
    for one in message.parts:
        told = ram.SpecifiedDocumentCharacteristic(
            ram.TypeCode(one.kind), ram.ValueAmount(f"{one.amount:f}", currencyID=one.currency)
        )
        if one.percent is not None:
            told.append(ram.ValuePercent(f"{one.percent.normalize() + 0:f}"))
        status.append(told)
    return status


def read(content: bytes) -> Message:
    """The message of a file; `Refused` for what is none."""
    root = tree(content)
    if root.tag != f"{{{_RSM}}}CrossDomainAcknowledgementAndResponse":
        raise Refused("it is no CDAR message")
    reference = root.find(".//ram:ReferenceReferencedDocument", _NAMES)
    if reference is None:
        raise Refused("it names no invoice")
    code = _text(reference, "ram:ProcessConditionCode")
    number = _text(reference, "ram:IssuerAssignedID")
    if not code or not number:
        raise Refused("it tells no status, or of no invoice")
    status = reference.find("ram:SpecifiedDocumentStatus", _NAMES)
    place = status if status is not None else reference
    return Message(
        id=_text(root, "rsm:ExchangedDocument/ram:ID") or f"{number} {code}",
        code=code,
        name=_text(reference, "ram:ProcessCondition"),
        at=_when(root, place),
        number=number,
        issued=_issued(reference),
        seller_siren=_text(reference, "ram:IssuerTradeParty/ram:GlobalID"),
        reason_code=_text(place, "ram:ReasonCode"),
        reason=_text(place, "ram:Reason"),
        note=_text(place, "ram:IncludedNote/ram:Content"),
        parts=tuple(_parts(place)),
    )


def _text(place: etree._Element, path: str) -> str:
    return (place.findtext(path, default="", namespaces=_NAMES) or "").strip()[:1000]


def _when(root: etree._Element, status: etree._Element) -> datetime:
    told = _text(status, "ram:ReferenceDateTime/udt:DateTimeString") or _text(
        root, "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString"
    )
    try:
        return datetime.strptime(told[:14].ljust(14, "0"), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise Refused(f"its time is none: {told!r}") from None


def _issued(reference: etree._Element) -> date | None:
    told = _text(reference, "ram:FormattedIssueDateTime/qdt:DateTimeString")[:8]
    try:
        return datetime.strptime(told, _DAY).replace(tzinfo=UTC).date() if told else None
    except ValueError:
        raise Refused(f"the invoice's date is none: {told!r}") from None


def _parts(status: etree._Element) -> list[Part]:
    found: list[Part] = []
    for one in status.findall("ram:SpecifiedDocumentCharacteristic", _NAMES)[:_MOST]:
        amount = one.find("ram:ValueAmount", _NAMES)
        if amount is None:
            continue
        percent = _text(one, "ram:ValuePercent")
        try:
            value = Decimal((amount.text or "").strip())
            rate = Decimal(percent) if percent else None
        except InvalidOperation:
            raise Refused("an amount in it is none") from None
        if not value.is_finite() or not (rate is None or rate.is_finite()):
            raise Refused("an amount in it is none")
        found.append(
            Part(
                amount=value,
                currency=(amount.get("currencyID") or "EUR")[:3],
                percent=rate,
                kind=_text(one, "ram:TypeCode")[:10] or "MEN",
            )
        )
    return found
