"""Values: what people and models write for a date, an amount or a choice, as the schema has it."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from eyeot.surface.mcp.lexicon import VERB, meanings
from eyeot.surface.mcp.words import tokens
from eyeot.surface.wire import too_deep

NOTHING = object()
"""What is answered where no single meaning is certain."""

_DEEPEST = 32
_LONGEST = 100
_DECIMAL = "Decimal number"
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_CLOCK = re.compile(r"(.*?\d{4}.*?)[ T]+(?:à |at )?(\d{1,2})[:h](\d{2})?")
_AMOUNT = re.compile(r"([+-]?)(\d[\d.,]*)")
_GROUP = 3
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "euros": "EUR", "euro": "EUR"}
_TRUE = frozenset({"true", "yes", "oui", "vrai", "1", "y", "o", "on"})
_FALSE = frozenset({"false", "no", "non", "faux", "0", "n", "off"})


def meant(value: Any, schema: dict[str, Any]) -> Any:
    """The value as the schema has it, when only one can be meant; else `NOTHING`."""
    made = _BY_TYPE[_kind(schema)](value, schema)
    return NOTHING if made is NOTHING or (made == value and type(made) is type(value)) else made


def _inside(value: Any, schema: dict[str, Any]) -> Any:
    """The same of a part, of which nobody said that it is wrong: a text stays as it is."""
    if isinstance(value, str) and _kind(schema) == "string":
        return NOTHING
    return meant(value, schema)


def _kind(schema: dict[str, Any]) -> str:
    if schema.get("enum"):
        return "enum"
    if "properties" in schema and {"amount", "currency"} == schema["properties"].keys():
        return "money"
    if schema.get("format") in ("date", "date-time"):
        return str(schema["format"])
    if schema.get("description", "").startswith(_DECIMAL):
        return "decimal"
    kind = schema.get("type", "")
    return kind if kind in _BY_TYPE else "any"


def _choice(value: Any, schema: dict[str, Any]) -> Any:
    choices: list[Any] = schema["enum"]
    value = _only(value)
    if not isinstance(value, str) or len(value) > _LONGEST:
        found = [one for one in choices if str(one) == str(value)]
        return found[0] if len(found) == 1 and not isinstance(value, bool) else NOTHING
    said = "_".join(tokens(value))
    alike = [one for one in choices if "_".join(tokens(str(one))) == said]
    if not alike and said:
        alike = [one for one in choices if _same_meaning(said, str(one))]
    return alike[0] if len(alike) == 1 else NOTHING


def _same_meaning(said: str, choice: str) -> bool:
    """Whether two single words mean the same state: 'perdu' and 'lost'."""
    here = {one for one in meanings(said) if one[0] != VERB}
    return bool(here & {one for one in meanings("_".join(tokens(choice))) if one[0] != VERB})


def _boolean(value: Any, _: dict[str, Any]) -> Any:
    value = _only(value)
    said = value.strip().lower() if isinstance(value, str) else str(value)
    return said in _TRUE if said in _TRUE | _FALSE else NOTHING


def _integer(value: Any, _: dict[str, Any]) -> Any:
    found = _number(_only(value))
    if found is None or found != found.to_integral_value():
        return NOTHING
    return int(found)


def _float(value: Any, _: dict[str, Any]) -> Any:
    found = _number(_only(value))
    return NOTHING if found is None else float(found)


def _decimal(value: Any, _: dict[str, Any]) -> Any:
    found = _number(_only(value), units=("€", "%", "eur", "euros", "euro"))
    return NOTHING if found is None else format(found, "f")


def _money(value: Any, schema: dict[str, Any]) -> Any:
    value = _only(value)
    if isinstance(value, dict):
        return _object(value, schema)
    if isinstance(value, str):
        value = _unquoted(value) if value.strip().startswith("{") else value
        if isinstance(value, dict):
            return value
    currency, bare = _currency(value)
    found = _number(bare)
    if found is None:
        return NOTHING
    return {"amount": format(found, "f")} | ({"currency": currency} if currency else {})


def _currency(value: Any) -> tuple[str, Any]:
    """The currency beside an amount, and the amount."""
    if not isinstance(value, str):
        return "", value
    for sign, code in _SIGNS.items():
        if value.lower().count(sign) == 1:
            return code, re.sub(re.escape(sign), " ", value, flags=re.IGNORECASE)
    codes = re.findall(r"\b[A-Za-z]{3}\b", value)
    if len(codes) == 1:
        return codes[0].upper(), re.sub(r"\b[A-Za-z]{3}\b", " ", value)
    return "", value


def _number(value: Any, units: tuple[str, ...] = ()) -> Decimal | None:
    """'1 200,50' as a number; None for '1,200', which may be a thousand or one and a fifth."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        found = Decimal(repr(value))
        return found if found.is_finite() else None
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    plain = _SPACES.sub("", value).lower()
    for unit in units:
        plain = plain.removesuffix(unit)
    match = _AMOUNT.fullmatch(plain)
    if match is None or not plain.isascii():
        return None
    spaced = _SPACES.search(value.strip()) is not None
    digits = _point(match[2], grouped=spaced)
    return None if digits is None else Decimal(match[1] + digits)


def _point(digits: str, *, grouped: bool) -> str | None:
    """The digits with a point for decimals; None where a separator may be either."""
    marks = [sign for sign in digits if sign in ",."]
    if not marks:
        return digits
    last = marks[-1]
    head, _, tail = digits.rpartition(last)
    if len(set(marks)) > 1:
        other = "," if last == "." else "."
        whole = head.split(other)
        fits = last not in head and all(len(one) == _GROUP for one in whole[1:])
        return f"{''.join(whole)}.{tail}" if fits and tail else None
    if len(marks) > 1:
        parts = digits.split(last)
        return "".join(parts) if all(len(one) == _GROUP for one in parts[1:]) else None
    if not tail:
        return None
    if last == "," and len(tail) == _GROUP and len(head) <= _GROUP and not grouped:
        return None
    return f"{head}.{tail}"


def _day(value: Any, _: dict[str, Any]) -> Any:
    value = _only(value)
    if not isinstance(value, str):
        return NOTHING
    said = value.strip()
    if found := _DAY_FIRST.fullmatch(said):
        day, month, year = (int(part) for part in found.groups())
    elif found := _YEAR_FIRST.fullmatch(said):
        year, month, day = (int(part) for part in found.groups())
    else:
        return NOTHING
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return NOTHING


def _time(value: Any, schema: dict[str, Any]) -> Any:
    value = _only(value)
    if not isinstance(value, str):
        return NOTHING
    if clock := _CLOCK.fullmatch(value.strip()):
        day = _day(clock[1], schema)
        return NOTHING if day is NOTHING else f"{day}T{int(clock[2]):02}:{clock[3] or '00'}"
    return _day(value, schema)


def _text(value: Any, schema: dict[str, Any]) -> Any:
    """A number as text; of a text that is refused, the decimal number that it may hold."""
    value = _only(value)
    if isinstance(value, str) and not value.strip().isdigit():
        found = _decimal(value, schema)
        return value if found is NOTHING else found
    return NOTHING if isinstance(value, bool) or not isinstance(value, int | str) else str(value)


def _list(value: Any, schema: dict[str, Any]) -> Any:
    if isinstance(value, str) and value.strip().startswith("["):
        value = _unquoted(value)
    if value is None or value is NOTHING:
        return NOTHING
    items = schema.get("items") or {}
    single = [value] if not isinstance(value, list) else value
    made = [_inside(one, items) for one in single]
    return [old if new is NOTHING else new for old, new in zip(single, made, strict=True)]


def _object(value: Any, schema: dict[str, Any]) -> Any:
    if isinstance(value, str) and value.strip().startswith("{"):
        value = _unquoted(value)
    if not isinstance(value, dict):
        return NOTHING
    properties = schema.get("properties", {})
    spelt = {plain(name): name for name in properties}
    found: dict[str, Any] = {}
    for name, one in value.items():
        own = name if name in properties else spelt.get(plain(str(name))) or str(name)
        if own in found:
            return NOTHING
        made = _inside(one, properties[own]) if own in properties else NOTHING
        found[own] = one if made is NOTHING else made
    return found


def plain(name: str) -> str:
    """A name without the differences of style: `customerId` and `customer-id` are one."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:_LONGEST])
    return "_".join(tokens(split))


def _only(value: Any) -> Any:
    """The one element of a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _unquoted(text: str) -> Any:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return NOTHING
    return NOTHING if too_deep(value, _DEEPEST) else value


def _same(_: Any, __: dict[str, Any]) -> Any:
    return NOTHING


_BY_TYPE: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "enum": _choice,
    "boolean": _boolean,
    "integer": _integer,
    "number": _float,
    "decimal": _decimal,
    "money": _money,
    "date": _day,
    "date-time": _time,
    "string": _text,
    "array": _list,
    "object": _object,
    "any": _same,
}
