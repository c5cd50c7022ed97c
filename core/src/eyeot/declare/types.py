"""Types: the value types of fields, with their checks and what the caller is told of them."""

import contextlib
import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any
from zoneinfo import available_timezones

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import siren as fr_siren
from stdnum.fr import siret as fr_siret

from eyeot.declare.codes import countries, currencies

_MAPPED = 96
_LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


def _wrong(kind: str, text: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{text}", {"text": text})


def _stdnum(check: Callable[[str], str], kind: str, text: str) -> Callable[[str], str]:
    def checked(value: str) -> str:
        try:
            return check(value)
        except StdnumError:
            raise _wrong(kind, text) from None

    return checked


def _vat(value: str) -> str:
    """A VAT number of the European Union, or of another country that has one (GB, CH, NO…)."""
    compact = "".join(sign for sign in value.upper() if sign.isalnum())
    country = compact[:2]
    if country.lower() in (*eu_vat.MEMBER_STATES, "el", "xi"):
        checks = [(eu_vat.validate, compact)]
    else:
        module = get_cc_module(country.lower(), "vat")
        # Some countries count their letters as part of the number (CHE…), most do not.
        checks = [(module.validate, one) for one in (compact, compact[2:])] if module else []
    for check, number in checks:
        with contextlib.suppress(StdnumError):
            return country + str(check(number)).removeprefix(country)
    raise _wrong(
        "vat_number", "Not a valid VAT number with its country prefix, e.g. FR40303265045."
    )


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as wrong:
        raise _wrong("email", str(wrong)) from None


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, "FR")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise _wrong("phone", "Not a telephone number; write it as +33 1 23 45 67 89.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/$.?#][^\s]*", value):
        raise _wrong("url", "Not a web address; write it as https://example.com.")
    return value


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise _wrong("timezone", "Not a time zone; write it as Europe/Paris.")
    return value


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=False)
        mapped = network.network_address
        # An IPv4 caller is known by its IPv4 address, however the network was written.
        if (
            isinstance(mapped, ipaddress.IPv6Address)
            and mapped.ipv4_mapped
            and network.prefixlen >= _MAPPED
        ):
            network = ipaddress.ip_network((mapped.ipv4_mapped, network.prefixlen - _MAPPED))
        return str(network)
    except ValueError:
        raise _wrong("network", "Not a network; write it as 203.0.113.0/24.") from None


def _country(value: str) -> str:
    if value not in countries():
        raise _wrong("country", "Not a country; write its ISO 3166 code, e.g. FR.")
    return value


def _currency(value: str) -> str:
    if value not in currencies():
        raise _wrong("currency", "Not a currency; write its ISO 4217 code, e.g. EUR.")
    return value


def _form(pattern: re.Pattern[str], kind: str, text: str) -> Callable[[str], str]:
    def checked(value: str) -> str:
        if not pattern.fullmatch(value):
            raise _wrong(kind, text)
        return value

    return checked


def _text(description: str, **schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, **schema})


Email = Annotated[str, AfterValidator(_email), _text("E-mail address.", format="email")]
Phone = Annotated[str, AfterValidator(_phone), _text("Telephone, E.164 (+33123456789).")]
Url = Annotated[str, AfterValidator(_url), _text("Web address.")]
Timezone = Annotated[str, AfterValidator(_timezone), _text("IANA time zone.")]
Network = Annotated[str, AfterValidator(_network), _text("IP network in CIDR form.")]
Country = Annotated[
    str,
    AfterValidator(_country),
    _text("ISO 3166-1 alpha-2 country code."),
]
Currency = Annotated[
    str,
    AfterValidator(_currency),
    _text("ISO 4217 currency code."),
]
Locale = Annotated[
    str,
    AfterValidator(_form(_LOCALE, "locale", "Not a locale; write it as fr or fr-FR.")),
    _text("Language, e.g. fr or fr-FR."),
]
Siren = Annotated[
    str,
    AfterValidator(_stdnum(fr_siren.validate, "siren", "Not a SIREN: 9 digits with a valid key.")),
    _text("SIREN, 9 digits (Code de commerce, art. R123-221)."),
]
Siret = Annotated[
    str,
    AfterValidator(_stdnum(fr_siret.validate, "siret", "Not a SIRET: 14 digits with a valid key.")),
    _text("SIRET, 14 digits."),
]
VatNumber = Annotated[
    str, AfterValidator(_vat), _text("VAT number with its country prefix, e.g. FR40303265045.")
]
