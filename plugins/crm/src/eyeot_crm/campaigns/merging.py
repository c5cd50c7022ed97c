"""Merging: fields in a message replaced by what is known of its recipient, never by code."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from eyeot import invalid

FIELDS = ("first_name", "last_name", "full_name", "job_title", "company", "city")
_MARK = re.compile(r"\{([a-z_]{1,40})\}")


def refuse_unknown(row: Any) -> None:
    """Refuse a text with a field that nobody would have."""
    for name in ("subject", "body", "html"):
        unknown = sorted(set(_MARK.findall(getattr(row, name) or "")) - set(FIELDS))
        if unknown:
            told = ", ".join("{" + one + "}" for one in FIELDS)
            raise invalid(name, f"unknown field {{{unknown[0]}}}; known: {told}")


def filled(text: str, values: Mapping[str, str], *, html: bool = False, strict: bool = True) -> str:
    """The text for one recipient; what is not known of them is left empty.

    `strict`: or else what is no field stays as it was written.
    """

    def value(found: re.Match[str]) -> str:
        told = values.get(found[1], "" if strict else found[0])
        return escape(told) if html else told

    return _MARK.sub(value, text)
