"""Checks: numbers and addresses held to their rules here, and to registers where those can be asked."""

from typing import Annotated, Any, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import carrier, geocoder
from pydantic import Field, TypeAdapter
from pydantic import ValidationError as PydanticError
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as fr_siren

from eyeot import Conflict, Context, Input, Output, action
from eyeot.types import VatNumber
from eyeot_crm.ids import PartyId
from eyeot_crm.parties import Party
from eyeot_crm.registry.providers import COMPANIES, MAIL_DOMAINS, VIES, asked

Existence = Literal["exists", "does_not_exist", "not_configured", "unavailable", "not_asked"]
_CHECKED = Field(description="What was checked.")
_NOT = Field(description="What was not checked, and so is not known.")


class Checked(Output):
    """What was found; `valid`: what was checked speaks for it."""

    value: str
    valid: bool
    reason: str | None = None
    checked: Annotated[list[str], _CHECKED]
    not_checked: Annotated[list[str], _NOT]


class SirenGiven(Input):
    """A SIREN."""

    siren: Annotated[str, Field(min_length=1, max_length=30)]


class SirenChecked(Checked):
    """A SIREN, and the company behind it."""

    existence: Existence
    active: bool | None = None
    name: str | None = None


@action(
    "crm.registry.check_siren",
    risk="r",
    en="Check a SIREN; does this company exist; is a SIREN valid; is a company still active",
    fr=(
        "Vérifier un SIREN; cette société existe-t-elle; un SIREN est-il valide; l'entreprise est-elle "
        "toujours en activité"
    ),
    example={"siren": "732829320"},
)
async def check_siren(ctx: Context, data: SirenGiven) -> SirenChecked:
    """Check a SIREN's form and key, and that its company exists and is active where that can be asked."""
    try:
        siren = fr_siren.validate(data.siren)
    except ValidationError:
        return SirenChecked(
            value=data.siren, valid=False, reason="form_or_key", checked=["form", "key"],
            not_checked=["existence"], existence="not_asked",
        )  # fmt: skip
    found, why = asked(ctx, COMPANIES, "/search", {"q": siren, "per_page": "1"})
    told = SirenChecked(
        value=siren, valid=True, checked=["form", "key"], not_checked=["existence"],
        existence=why,
    )  # fmt: skip
    if found is None or not found.ok:
        return told
    one = next((r for r in found.json().get("results") or [] if r.get("siren") == siren), None)
    told.checked, told.not_checked = ["form", "key", "existence"], []
    told.existence = "exists" if one else "does_not_exist"
    told.valid = one is not None
    if one:
        told.name, told.active = one.get("nom_complet"), one.get("etat_administratif") == "A"
        told.reason = None if told.active else "ceased"
    else:
        told.reason = "unknown_to_the_register"
    return told


_VIES = frozenset(one.upper() for one in (*MEMBER_STATES, "el", "xi"))
_VAT = TypeAdapter[str](VatNumber)


class VatGiven(Input):
    """A VAT number with its country prefix."""

    vat_number: Annotated[str, Field(min_length=4, max_length=20)]


class VatChecked(Checked):
    """A VAT number, and what VIES says of it, with the number of the consultation as proof."""

    existence: Existence
    name: str | None = None
    address: str | None = None
    consultation_number: str | None = None
    consulted_at: str | None = None
    stored_on: list[PartyId] = Field(
        default_factory=list, description="Parties with that number, on which the proof is kept."
    )


@action(
    "crm.registry.check_vat_number",
    risk="w",
    en="Check a VAT number with VIES; is a European VAT number valid; proof of a VAT number",
    fr=(
        "Vérifier un numéro de TVA avec VIES; un numéro de TVA intracommunautaire est-il valide; preuve "
        "de consultation VIES"
    ),
    example={"vat_number": "FR44732829320"},
)
async def check_vat_number(ctx: Context, data: VatGiven) -> VatChecked:
    """Check a VAT number's form and key, and with VIES where it can be asked, keeping its proof."""
    try:
        number: str = _VAT.validate_python(data.vat_number)
    except PydanticError:
        return VatChecked(
            value=data.vat_number, valid=False, reason="form_or_key", checked=["form", "key"],
            not_checked=["existence"], existence="not_asked",
        )  # fmt: skip
    if number[:2] not in _VIES:
        raise Conflict(
            reason=f"VIES knows numbers of the European Union and Northern Ireland, not of {number[:2]}.",
            remedy="Its form and key are right; ask that country's own register.",
            field="vat_number",
        )
    own = await _own_vat(ctx)
    query = {"requesterMemberStateCode": own[:2], "requesterNumber": own[2:]} if own else {}
    found, why = asked(ctx, VIES, f"/ms/{number[:2]}/vat/{number[2:]}", query)
    told = VatChecked(
        value=number, valid=True, checked=["form", "key"], not_checked=["existence"],
        existence=why,
    )  # fmt: skip
    answer = found.json() if found is not None and found.ok else None
    if not isinstance(answer, dict) or answer.get("userError") not in ("VALID", "INVALID"):
        return told
    told.checked, told.not_checked = ["form", "key", "existence"], []
    told.valid = answer.get("isValid") is True
    told.existence = "exists" if told.valid else "does_not_exist"
    told.reason = None if told.valid else "unknown_to_vies"
    told.name, told.address = answer.get("name") or None, answer.get("address") or None
    told.consultation_number = answer.get("requestIdentifier") or None
    told.consulted_at = answer.get("requestDate") or ctx.now.isoformat()
    await _keep_proof(ctx, told)
    return told


async def _keep_proof(ctx: Context, told: VatChecked) -> None:
    """Keep what VIES said on every party of that number."""
    proof = {
        "valid": told.valid,
        "name": told.name,
        "address": told.address,
        "consultation_number": told.consultation_number,
        "consulted_at": told.consulted_at,
    }
    for party in await ctx.find(Party, Party.c.vat_number == told.value):
        party.vat_proof = proof
        told.stored_on.append(party.id)


async def _own_vat(ctx: Context) -> str | None:
    """Our own number, without which VIES gives no proof."""
    found = (await ctx.call("core.organization.list", {"limit": 1}))["items"]
    return found[0].get("vat_number") if found else None


class IbanGiven(Input):
    """An IBAN."""

    iban: Annotated[str, Field(min_length=4, max_length=50)]


class IbanChecked(Checked):
    """An IBAN, its bank and whether SEPA reaches it."""

    country: str | None = None
    bank: str | None = None
    bank_code: str | None = None
    bic: str | None = None
    sepa: bool | None = None


@action(
    "crm.registry.check_iban",
    risk="r",
    en="Check an IBAN; which bank is this IBAN of; find the BIC; is an IBAN valid",
    fr="Vérifier un IBAN; de quelle banque est cet IBAN; trouver le BIC; un RIB est-il valide",
    example={"iban": "FR76 3000 6000 0112 3456 7890 189"},
)
async def check_iban(ctx: Context, data: IbanGiven) -> IbanChecked:  # noqa: ARG001 - the form of a handler
    """Check an IBAN's form and keys, and tell its bank; who holds the account is not checked."""
    try:
        iban = IBAN(data.iban, validate_bban=True)
    except SchwiftyException as wrong:
        return IbanChecked(
            value=data.iban, valid=False, reason=type(wrong).__name__, checked=["form", "key"],
            not_checked=["holder", "open"],
        )  # fmt: skip
    bank: Any = iban.bank
    return IbanChecked(
        value=str(iban),
        valid=True,
        checked=["form", "key", "bank"] if bank else ["form", "key"],
        not_checked=["holder", "open"] if bank else ["bank", "holder", "open"],
        country=iban.country_code,
        bank=iban.bank_name,
        bank_code=iban.bank_code,
        bic=str(iban.bic) if iban.bic else None,
        sepa=iban.in_sepa_zone,
    )


class EmailGiven(Input):
    """An e-mail address."""

    email: Annotated[str, Field(min_length=3, max_length=254)]


class EmailChecked(Checked):
    """An address, and whether its domain takes mail."""

    domain: str | None = None
    takes_mail: bool | None = None


@action(
    "crm.registry.check_email",
    risk="r",
    en="Check an e-mail address; is an e-mail valid; does this domain take mail; typo in an address",
    fr=(
        "Vérifier une adresse e-mail; un e-mail est-il valide; ce domaine reçoit-il du courrier; faute "
        "dans une adresse"
    ),
    example={"email": "contact@boulangerie-pont-neuf.fr"},
)
async def check_email(ctx: Context, data: EmailGiven) -> EmailChecked:
    """Check an address's form, and that its domain takes mail where that can be asked."""
    return email_checked(ctx, data.email)


def email_checked(ctx: Context, email: str) -> EmailChecked:
    """What can be said of an address: nobody is written to."""
    try:
        told = validate_email(email, check_deliverability=False)
    except EmailNotValidError as wrong:
        return EmailChecked(
            value=email, valid=False, reason=str(wrong), checked=["form"],
            not_checked=["domain", "mailbox"],
        )  # fmt: skip
    domain = told.ascii_domain or told.domain
    found, _ = asked(ctx, MAIL_DOMAINS, "/resolve", {"name": domain, "type": "MX"})
    takes = None
    if found is not None and found.ok:
        answer = found.json()
        records = [one for one in answer.get("Answer") or [] if one.get("type") == 15]  # noqa: PLR2004 - MX
        # RFC 7505: one record with an empty host says that the domain takes none.
        takes = any(str(one.get("data", "")).split()[-1:] not in ([], ["."]) for one in records)
        if not records and answer.get("Status") == 0:
            takes = None
        if answer.get("Status") == 3:  # noqa: PLR2004 - no such domain
            takes = False
    known = takes is not None
    return EmailChecked(
        value=told.normalized,
        valid=takes is not False,
        reason="domain_takes_no_mail" if takes is False else None,
        checked=["form", "domain"] if known else ["form"],
        not_checked=["mailbox"] if known else ["domain", "mailbox"],
        domain=domain,
        takes_mail=takes,
    )


class PhoneGiven(Input):
    """A telephone number, and the country it is dialled from when it has no prefix."""

    phone: Annotated[str, Field(min_length=2, max_length=40)]
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "FR"


class PhoneChecked(Checked):
    """A number, of what kind it is and how it is written."""

    kind: str | None = None
    country: str | None = None
    place: str | None = None
    operator: str | None = None
    national: str | None = None


_KINDS = {
    phonenumbers.PhoneNumberType.FIXED_LINE: "fixed",
    phonenumbers.PhoneNumberType.MOBILE: "mobile",
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    phonenumbers.PhoneNumberType.TOLL_FREE: "toll_free",
    phonenumbers.PhoneNumberType.PREMIUM_RATE: "premium",
    phonenumbers.PhoneNumberType.SHARED_COST: "shared_cost",
    phonenumbers.PhoneNumberType.VOIP: "voip",
}


@action(
    "crm.registry.check_phone",
    risk="r",
    en="Check a telephone number; is a phone number valid; mobile or landline; write in E.164",
    fr=(
        "Vérifier un numéro de téléphone; un numéro est-il valide; mobile ou fixe; mettre au format "
        "international"
    ),
    example={"phone": "04 78 00 00 00"},
)
async def check_phone(ctx: Context, data: PhoneGiven) -> PhoneChecked:
    """Check a telephone number against its country's plan; whether it is in service is not checked."""
    not_checked = ["in_service", "holder"]
    try:
        number = phonenumbers.parse(data.phone, data.region)
    except phonenumbers.NumberParseException:
        return PhoneChecked(
            value=data.phone,
            valid=False,
            reason="no_number",
            checked=["form"],
            not_checked=not_checked,
        )
    language = ctx.locale[:2]
    form = phonenumbers.PhoneNumberFormat
    valid = phonenumbers.is_valid_number(number)
    return PhoneChecked(
        value=phonenumbers.format_number(number, form.E164),
        valid=valid,
        reason=None if valid else "not_in_the_plan",
        checked=["form", "plan"],
        not_checked=not_checked,
        kind=_KINDS.get(phonenumbers.number_type(number), "other"),
        country=phonenumbers.region_code_for_number(number),
        place=geocoder.description_for_number(number, language) or None,
        operator=carrier.name_for_number(number, language) or None,
        national=phonenumbers.format_number(number, form.NATIONAL),
    )
