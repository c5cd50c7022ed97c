"""Writing: a bill as CII D22B or UBL 2.1, by the factur-x library, and checked against the schema."""

from typing import Any, Final

from facturx import generate_cii_xml, generate_ubl_xml
from lxml import etree

from eyeot_invoicing.einvoices.model import Bill, Profile, Syntax
from eyeot_invoicing.einvoices.terms import terms_of

BASIC: Final = "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_LEVELS: dict[Profile, str] = {
    "en16931": "en16931",
    "basic": "en16931",
    "extended_ctc_fr": "extended-ctc-fr",
}
_NOT_BASIC = ("BT-82", "BT-85", "BT-86")
_NOT_BASIC_TRADER = ("contacts", "legal_info")
_NOT_BASIC_LINE = ("BT-154", "BT-155")
_NOT_BASIC_ALLOWANCE = ("base_amount", "rate")
_GUIDELINE = "{*}ExchangedDocumentContext/{*}GuidelineSpecifiedDocumentContextParameter/{*}ID"


def write(
    bill: Bill, syntax: Syntax, profile: Profile = "en16931", *, hybrid: bool = False
) -> bytes:
    """The file of a bill; `hybrid`: as a Factur-X PDF carries it, whose extended profile is its own."""
    terms = terms_of(bill)
    if profile == "basic":
        terms = _basic(terms)
    if profile == "extended_ctc_fr" and bill.seller.legal:
        # The library leaves BT-33 out of the extended profiles; REG is its place among the notes.
        terms["BG-1"] = [*terms.get("BG-1", []), {"BT-21": "REG", "BT-22": bill.seller.legal}]
    level = "extended" if hybrid and profile == "extended_ctc_fr" else _LEVELS[profile]
    make = generate_cii_xml if syntax == "cii" else generate_ubl_xml
    made: bytes = make(terms, level=level, check_xsd=False, check_schematron=False)
    return _completed(made, profile) if syntax == "cii" else made


def _basic(terms: dict[str, Any]) -> dict[str, Any]:
    """The terms that the basic profile of Factur-X has."""
    kept = {name: one for name, one in terms.items() if name not in _NOT_BASIC}
    for name in ("BG-4", "BG-7"):
        kept[name] = {k: v for k, v in terms[name].items() if k not in _NOT_BASIC_TRADER}
    kept["BG-25"] = [_basic_line(one) for one in terms["BG-25"]]
    return kept


def _basic_line(line: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in line.items() if k not in _NOT_BASIC_LINE}
    if "BG-27" in kept:
        kept["BG-27"] = [
            {k: v for k, v in one.items() if k not in _NOT_BASIC_ALLOWANCE} for one in kept["BG-27"]
        ]
    return kept


def _completed(content: bytes, profile: Profile) -> bytes:
    """What the library does otherwise: the basic profile, and a delivery of nothing, which is no nil."""
    root = etree.fromstring(content)
    for one in root.iter():
        one.attrib.pop(_NIL, None)
    settlement = root.find(f".//{{{_RAM}}}ApplicableHeaderTradeSettlement")
    delivery = root.find(f".//{{{_RAM}}}ApplicableHeaderTradeDelivery")
    if delivery is None and settlement is not None:
        settlement.addprevious(etree.Element(f"{{{_RAM}}}ApplicableHeaderTradeDelivery"))
    if profile == "basic":
        found = root.find(_GUIDELINE)
        assert found is not None
        found.text = BASIC
    told: bytes = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    return told
