"""Values: cells as people write them, as the arguments of an action."""

import contextlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from eyeot.declare.field import Field

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_NUMBER = re.compile(r"[+-]?[\d.,]+")
_MONEY = re.compile(r"(?P<before>[^\d+-]*)(?P<amount>[+-]?[\d.,]+)(?P<after>[^\d]*)")
_SIGNS = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "eur": "EUR",
    "euros": "EUR",
    "usd": "USD",
    "chf": "CHF",
}
_YES = frozenset({"oui", "yes", "true", "vrai", "1", "x", "o", "y", "ja"})
_NO = frozenset({"non", "no", "false", "faux", "0", "n", "nein"})
_DAYS = ("%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d")
_TIMES = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
_LISTED = re.compile(r"[;\n|]|,\s")
_LONGEST_AMOUNT = 100


def argument(one: Field, value: Any, currency: str) -> Any:
    """A cell as the argument of a field; what cannot be understood stays as it is, to be refused by name."""
    if not isinstance(value, str):
        return _told(one, value, currency)
    text = value.strip()
    if one.kind == "money":
        return money(text, currency)
    if one.kind == "enum":
        return _choice(one, text)
    if one.kind in ("json", "tags") and text.startswith(("[", "{")):
        # As an export writes it.
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(text)
    read = _READERS.get(one.kind)
    return read(text) if read else text


def _told(one: Field, value: Any, currency: str) -> Any:
    """A cell that is no text: a number of a spreadsheet, or JSON."""
    if one.kind == "money" and isinstance(value, int | float):
        return {"amount": str(value), "currency": currency}
    if one.kind == "decimal" and isinstance(value, int | float):
        return str(value)
    if one.kind in ("text", "ref", "tags", "enum") and isinstance(value, int | float):
        return [str(value)] if one.kind == "tags" else str(value)
    if one.kind == "boolean" and isinstance(value, int):
        return bool(value)
    return value


def number(text: str) -> str:
    """A number without spaces, its decimals after a point: `1 234,56` and `1,234.56` alike."""
    bare = _SPACES.sub("", text)
    if not _NUMBER.fullmatch(bare):
        return text
    if "," in bare and "." in bare:
        decimal = max(bare.rfind(","), bare.rfind("."))
        whole = bare[:decimal].replace(",", "").replace(".", "")
        return f"{whole}.{bare[decimal + 1 :]}"
    if bare.count(",") == 1:
        return bare.replace(",", ".")
    return bare.replace(",", "")


def money(text: str, currency: str) -> Any:
    """An amount with its currency, `1 234,56 €`; the organisation's when none is written."""
    # What stands around an amount may be read in many ways: in a long text, in too many.
    found = len(text) <= _LONGEST_AMOUNT and _MONEY.fullmatch(_SPACES.sub("", text))
    if not found:
        return text
    sign = (found["before"] or found["after"]).strip().lower()
    code = _SIGNS.get(sign, sign.upper() or currency)
    return {"amount": number(found["amount"]), "currency": code}


def _truth(text: str) -> Any:
    lowered = text.lower()
    return True if lowered in _YES else False if lowered in _NO else text


def _moment(text: str, forms: tuple[str, ...]) -> str:
    for form in forms:
        try:
            return datetime.strptime(text, form).isoformat()  # noqa: DTZ007 - read in the organisation's zone
        except ValueError:
            continue
    return text


def _choice(one: Field, text: str) -> str:
    lowered = text.lower().replace(" ", "_")
    return next((choice for choice in one.choices if choice.lower() == lowered), text)


def _several(text: str) -> list[str]:
    return [part for one in _LISTED.split(text) if (part := one.strip())]


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": number,
    "decimal": number,
    "boolean": _truth,
    "date": lambda text: _moment(text, _DAYS)[:10],
    "datetime": lambda text: _moment(text, (*_TIMES, *_DAYS)),
    "tags": _several,
}
