"""Signature: what a pasted mail signature or business card says, as fields to be looked at."""

import re
from typing import Annotated, Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import Field

from eyeot import Conflict, Context, Input, Output, Shows, action
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_URL = re.compile(r"(?:https?://|www\.)[^\s|,;]{3,200}")
_PLACE = re.compile(r"\b(\d{5})\s+([A-ZÀ-Þ][A-Za-zÀ-ÿ' -]{1,60})")
_STREET = re.compile(
    r"\b\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|av\.?|boulevard|bd|place|quai|chemin|route|allée|impasse"
    r"|cours|square|zone|za|zi)\b[^\n|]{2,80}",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:[A-ZÀ-Þ][a-zà-ÿ'-]+|[A-ZÀ-Þ]{2,})(?:[ -](?:[A-ZÀ-Þ][a-zà-ÿ'-]+|[A-ZÀ-Þ]{2,})){1,3}"
)
_TITLE = re.compile(
    r"\b(?:direct|gérant|responsable|chef|président|associé|achet|commercia|assistant|ingénieur|comptable"
    r"|consultant|technicien|manager|head|ceo|cto|cfo|owner|buyer|sales|engineer|accountant|founder|fondat"
    r"|artisan|boulang)",
    re.IGNORECASE,
)
_LEGAL = re.compile(r"\b(?:SARL|SASU?|SA|EURL|SCI|SNC|GmbH|Ltd|Inc|BV|SRL|EI)\b")


class Text(Input):
    """A signature or business card, as text."""

    text: Annotated[str, Field(min_length=3, max_length=4_000)]


class Proposal(Output):
    """What the text says; nothing is kept until crm.contact.create is called with what is right."""

    first_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    company: str | None = None
    emails: list[str]
    phones: list[str]
    linkedin: str | None = None
    website: str | None = None
    address: dict[str, str]
    known: Annotated[
        list[Annotated[dict[str, Any], Shows("id")]],
        Field(description="Contacts that have this address or number already."),
    ]
    customers: Annotated[
        list[Annotated[dict[str, Any], Shows("id")]],
        Field(description="Customers that the company may be."),
    ]
    unread: Annotated[list[str], Field(description="Lines that nothing was made of.")]


@action(
    "crm.contact.find_by_signature",
    risk="r",
    permission="crm:write",
    en=(
        "Read a mail signature into contact fields; read a business card; make a contact from a "
        "signature; parse an e-mail footer"
    ),
    fr=(
        "Lire une signature d'e-mail; lire une carte de visite; créer un contact à partir d'une "
        "signature; extraire les coordonnées d'un mail"
    ),
    example={
        "text": "Claire MARTIN\nResponsable achats\nSARL Les Fournils\n06 12 34 56 78\nclaire@fournils.fr"
    },
    next=("crm.contact.create",),
)
async def find_by_signature(ctx: Context, data: Text) -> Proposal:
    """Read names, numbers and addresses out of a pasted signature, as a proposal; nothing is kept."""
    lines = [one.strip(" \t|-•") for one in re.split(r"[\n|]", data.text) if one.strip(" \t|-•")]
    emails, phones = _emails(data.text), _phones(data.text)
    if not emails and not phones and not any(_NAME.fullmatch(one) for one in lines):
        raise Conflict(
            reason="There is no name, address or number in that text.",
            remedy="Paste the signature as it stands at the end of the mail.",
            field="text",
        )
    found = _read(lines)
    urls = [one.rstrip(".,;)") for one in _URL.findall(data.text)]
    company = found.get("company")
    return Proposal(
        first_name=found.get("first_name"),
        last_name=found.get("last_name"),
        job_title=found.get("job_title"),
        company=company,
        emails=emails,
        phones=phones,
        linkedin=next((one for one in urls if "linkedin." in one), None),
        website=next((one for one in urls if "linkedin." not in one), None),
        address=_address(data.text),
        known=await _known(ctx, emails, phones),
        customers=await _customers(ctx, company),
        unread=[one for one in lines if one not in found.values() and not _is_read(one, found)],
    )


def _emails(text: str) -> list[str]:
    found = []
    for one in _EMAIL.findall(text):
        try:
            found.append(validate_email(one, check_deliverability=False).normalized)
        except EmailNotValidError:
            continue
    return list(dict.fromkeys(found))


def _phones(text: str) -> list[str]:
    matches = phonenumbers.PhoneNumberMatcher(text, "FR")
    form = phonenumbers.PhoneNumberFormat.E164
    return list(dict.fromkeys(phonenumbers.format_number(one.number, form) for one in matches))


def _read(lines: list[str]) -> dict[str, str]:
    """Name, job and company, by what each line looks like."""
    told: dict[str, str] = {}
    for line in lines:
        if _EMAIL.search(line) or _URL.search(line) or sum(sign.isdigit() for sign in line) > 3:  # noqa: PLR2004
            continue
        if _LEGAL.search(line):
            told.setdefault("company", line)
        elif _TITLE.search(line):
            told.setdefault("job_title", line)
        elif _NAME.fullmatch(line) and "last_name" not in told:
            first, last = _split(line)
            told |= {"name": line, "first_name": first, "last_name": last}
        elif "last_name" in told:
            told.setdefault("company", line)
    return told


def _split(name: str) -> tuple[str, str]:
    """First and last name; what stands in capitals is the last."""
    parts = name.split(" ")
    capitals = [one for one in parts if one.isupper() and len(one) > 1]
    if capitals and len(capitals) < len(parts):
        first = " ".join(one for one in parts if one not in capitals)
        return first, " ".join(capitals).title()
    return parts[0], " ".join(parts[1:])


def _address(text: str) -> dict[str, str]:
    place, street = _PLACE.search(text), _STREET.search(text)
    told = {"postcode": place[1], "city": place[2].strip()} if place else {}
    return {**({"line1": street[0].strip(" ,")} if street else {}), **told}


def _is_read(line: str, found: dict[str, str]) -> bool:
    patterns = (_EMAIL, _URL, _PLACE, _STREET)
    numbers = any(phonenumbers.PhoneNumberMatcher(line, "FR"))
    return numbers or any(one.search(line) for one in patterns) or line == found.get("name")


async def _known(ctx: Context, emails: list[str], phones: list[str]) -> list[dict[str, Any]]:
    same = Contact.c.email.in_(emails) | Contact.c.phone.in_(phones)
    rows = await ctx.find(Contact, same, limit=5)
    seen = [await ctx.view(one) for one in rows]
    return [{"id": one["id"], "name": one["full_name"], "email": one.get("email")} for one in seen]


async def _customers(ctx: Context, company: str | None) -> list[dict[str, Any]]:
    if not company:
        return []
    hits = await ctx.lookup(company, [Customer.meta.name], 3)
    return [{"id": one["id"], "name": one["label"], "score": one["score"]} for one in hits]
