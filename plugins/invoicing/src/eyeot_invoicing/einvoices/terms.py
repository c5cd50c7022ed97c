"""Terms: a bill as the business terms of EN 16931 (BT-…), which the factur-x library writes and reads."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from eyeot_invoicing.einvoices.model import (
    ZERO,
    Allowance,
    Bill,
    Line,
    Note,
    Paying,
    Preceding,
    Sums,
    Tax,
    Trader,
)

Terms = dict[str, Any]
_SIREN, _SIRET = "0002", "0009"
_SIREN_DIGITS = 9


class Unreadable(ValueError):
    """An invoice lacks what every invoice has, or says what cannot be."""


def _plain(value: Decimal) -> str:
    return f"{value:f}"


def _short(value: Decimal) -> str:
    """Without zeros at its end, as rates and quantities are written."""
    return f"{value.normalize() + 0:f}"


def _told(**terms: Any) -> Terms:
    return {name.replace("_", "-"): one for name, one in terms.items() if one not in (None, "", [])}


def terms_of(bill: Bill) -> Terms:
    """A bill as business terms."""
    return {
        **_head(bill),
        **_paying(bill.paying),
        **_sums(bill),
        "BG-4": _trader(bill.seller),
        "BG-7": _trader(bill.buyer),
        **({"BG-13": _place(bill.ship_to)} if bill.ship_to else {}),
        "BG-23": [_tax(one) for one in bill.taxes],
        "BG-25": [_line(one) for one in bill.lines],
    }


def _head(bill: Bill) -> Terms:
    return _told(
        BT_1=bill.number,
        BT_2=bill.issued,
        BT_3=bill.type_code,
        BT_5=bill.currency,
        BT_6=bill.books_currency,
        BT_8=bill.tax_point,
        BT_9=bill.due,
        BT_10=bill.buyer_reference,
        BT_13=bill.order_reference,
        BT_23=bill.process,
        BT_72=bill.delivered,
        BT_73=bill.start,
        BT_74=bill.end,
        BG_1=[_told(BT_21=one.subject, BT_22=one.text) for one in bill.notes],
        BG_3=[_told(BT_25=one.number, BT_26=one.issued) for one in bill.preceding],
    )


def _paying(paying: Paying) -> Terms:
    return _told(
        BT_20=paying.terms,
        BT_81=paying.means,
        BT_84=paying.iban,
        BT_85=paying.holder if paying.iban else None,
        BT_86=paying.bic if paying.iban else None,
    )


def _sums(bill: Bill) -> Terms:
    sums = bill.sums
    told = {
        "BT-106": _plain(sums.lines),
        "BT-109": _plain(sums.net),
        "BT-110": _plain(sums.tax),
        "BT-112": _plain(sums.gross),
        "BT-115": _plain(sums.due),
    }
    if sums.allowances:
        told["BT-107"] = _plain(sums.allowances)
    if sums.tax_in_books is not None:
        told["BT-111"] = _plain(sums.tax_in_books)
    if sums.prepaid:
        told["BT-113"] = _plain(sums.prepaid)
    if bill.allowances:
        told["BG-20"] = [_allowance(one) for one in bill.allowances]  # type: ignore[assignment]
    return told


def _allowance(one: Allowance) -> Terms:
    rate = {} if one.percent is None else {"vat_rate": _short(one.percent)}
    return {
        "amount": _plain(one.amount),
        "reason": "Remise",
        "reason_code": "95",
        "vat_category_code": one.category,
        **rate,
    }


def _trader(one: Trader) -> Terms:
    contact = {"name": one.name, "phone": one.phone, "email": one.email}
    ids = {_SIRET: one.siret} if one.siret else {}
    return {
        name: value
        for name, value in {
            **_place(one),
            "identifiers": ids,
            "legal_identifier": one.siren,
            "legal_identifier_schemeid": _SIREN if one.siren else None,
            "vat_identifier": one.vat_number,
            "legal_info": one.legal,
            "einvoicing_addr": one.address,
            "einvoicing_addr_schemeid": one.address_scheme if one.address else None,
            "contacts": [contact] if one.phone or one.email else None,
        }.items()
        if value
    }


def _place(one: Trader) -> Terms:
    told = {
        "name": one.name,
        "addr_l1": one.line1,
        "addr_l2": one.line2,
        "postcode": one.postcode,
        "city": one.city,
        "country_code": one.country,
    }
    return {name: value for name, value in told.items() if value}


def _tax(one: Tax) -> Terms:
    percent = _short(one.percent) if one.percent is not None and one.category != "O" else None
    return _told(
        BT_116=_plain(one.base),
        BT_117=_plain(one.tax),
        BT_118=one.category,
        BT_119=percent,
        BT_120=one.reason,
        BT_121=one.code,
    )


def _line(one: Line) -> Terms:
    percent = _short(one.percent) if one.percent is not None and one.category != "O" else None
    taken = {
        "amount": _plain(one.allowance),
        "base_amount": _plain(one.net + one.allowance),
        "reason": "Remise",
        "reason_code": "95",
    }
    if one.allowance_percent is not None:
        taken["rate"] = _short(one.allowance_percent)
    return _told(
        BT_126=one.id,
        BT_129=_short(one.quantity),
        BT_130=one.unit,
        BT_131=_plain(one.net),
        BT_134=one.start,
        BT_135=one.end,
        BT_146=_plain(one.price),
        BT_151=one.category,
        BT_152=percent,
        BT_153=one.name,
        BT_154=one.description,
        BT_155=one.reference,
        BG_27=[taken] if one.allowance else None,
    )


def bill_of(terms: Mapping[str, Any]) -> Bill:
    """Business terms as a bill; `Unreadable` where they are no invoice."""
    try:
        return _bill(terms)
    except (KeyError, InvalidOperation, TypeError, AttributeError, IndexError) as wrong:
        raise Unreadable(f"it lacks or misuses {wrong}") from wrong


def _bill(terms: Mapping[str, Any]) -> Bill:
    return Bill(
        number=_text(terms["BT-1"]),
        type_code=_text(terms["BT-3"]),
        issued=_day(terms["BT-2"]),
        due=terms.get("BT-9") and _day(terms["BT-9"]),
        currency=_text(terms["BT-5"]),
        books_currency=terms.get("BT-6"),
        profile=_text(terms.get("BT-24", "")),
        process=terms.get("BT-23"),
        tax_point=_one_of(terms.get("BT-8"), ("invoice", "delivery", "payment")),
        delivered=terms.get("BT-72"),
        start=terms.get("BT-73"),
        end=terms.get("BT-74"),
        buyer_reference=terms.get("BT-10"),
        order_reference=terms.get("BT-13"),
        seller=_trader_of(terms["BG-4"]),
        buyer=_trader_of(terms["BG-7"]),
        ship_to=_trader_of(terms["BG-13"]) if terms.get("BG-13", {}).get("name") else None,
        notes=tuple(
            Note(text=one["BT-22"], subject=one.get("BT-21")) for one in terms.get("BG-1") or ()
        ),
        preceding=tuple(
            Preceding(number=one["BT-25"], issued=one.get("BT-26"))
            for one in terms.get("BG-3") or ()
        ),
        allowances=tuple(_allowance_of(one) for one in terms.get("BG-20") or ()),
        paying=_paying_of(terms),
        sums=_sums_of(terms),
        lines=tuple(_line_of(one) for one in terms.get("BG-25") or ()),
        taxes=tuple(_tax_of(one) for one in terms.get("BG-23") or ()),
    )


def _one_of(value: Any, known: tuple[str, ...]) -> Any:
    return value if value in known else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text, not {type(value).__name__}")
    return value.strip()


def _day(value: Any) -> date:
    if not isinstance(value, date):
        raise TypeError(f"a date, not {value!r}")
    return value


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _amount(terms: Mapping[str, Any], name: str, default: Decimal = ZERO) -> Decimal:
    value = terms.get(name)
    if value is None:
        return default
    found = Decimal(_first(value))
    if not found.is_finite():
        raise InvalidOperation(name)
    return found


def _percent(terms: Mapping[str, Any], name: str) -> Decimal | None:
    return _amount(terms, name) if terms.get(name) is not None else None


def _trader_of(told: Mapping[str, Any]) -> Trader:
    contacts = told.get("contacts") or [{}]
    legal, scheme = told.get("legal_identifier"), told.get("legal_identifier_schemeid")
    is_siren = legal and (scheme in (_SIREN, None)) and len(legal) == _SIREN_DIGITS
    return Trader(
        name=_first(told.get("name") or ""),
        siren=legal if is_siren else None,
        siret=(told.get("identifiers") or {}).get(_SIRET),
        vat_number=told.get("vat_identifier"),
        legal=told.get("legal_info"),
        line1=told.get("addr_l1"),
        line2=told.get("addr_l2"),
        postcode=told.get("postcode"),
        city=told.get("city"),
        country=told.get("country_code") or "FR",
        address=told.get("einvoicing_addr"),
        address_scheme=told.get("einvoicing_addr_schemeid") or "",
        email=contacts[0].get("email"),
        phone=contacts[0].get("phone"),
    )


def _allowance_of(one: Mapping[str, Any]) -> Allowance:
    return Allowance(
        amount=_amount(one, "amount"),
        category=one["vat_category_code"],
        percent=_percent(one, "vat_rate"),
    )


def _paying_of(terms: Mapping[str, Any]) -> Paying:
    return Paying(
        means=_first(terms.get("BT-81")) or "1",
        iban=_first(terms.get("BT-84")),
        bic=_first(terms.get("BT-86")),
        holder=_first(terms.get("BT-85")),
        terms=_first(terms.get("BT-20")),
    )


def _sums_of(terms: Mapping[str, Any]) -> Sums:
    net, gross = Decimal(_first(terms["BT-109"])), Decimal(_first(terms["BT-112"]))
    return Sums(
        lines=_amount(terms, "BT-106", net),
        allowances=_amount(terms, "BT-107"),
        net=net,
        tax=_amount(terms, "BT-110"),
        gross=gross,
        prepaid=_amount(terms, "BT-113"),
        due=_amount(terms, "BT-115", gross),
        tax_in_books=_percent(terms, "BT-111"),
    )


def _tax_of(one: Mapping[str, Any]) -> Tax:
    return Tax(
        category=one["BT-118"],
        percent=_percent(one, "BT-119"),
        base=_amount(one, "BT-116"),
        tax=_amount(one, "BT-117"),
        code=one.get("BT-121"),
        reason=one.get("BT-120"),
    )


def _line_of(one: Mapping[str, Any]) -> Line:
    per = _amount(one, "BT-149", Decimal(1)) or Decimal(1)
    taken = sum((_amount(part, "amount") for part in one.get("BG-27") or ()), ZERO)
    added = sum((_amount(part, "amount") for part in one.get("BG-28") or ()), ZERO)
    return Line(
        id=_text(one["BT-126"]),
        name=_text(one["BT-153"]),
        description=one.get("BT-154"),
        reference=one.get("BT-155"),
        quantity=_amount(one, "BT-129"),
        unit=one.get("BT-130") or "C62",
        price=_amount(one, "BT-146") / per,
        net=_amount(one, "BT-131"),
        category=one.get("BT-151") or "",
        percent=_percent(one, "BT-152"),
        allowance=taken - added,
        start=one.get("BT-134"),
        end=one.get("BT-135"),
    )
