"""Language: the one of ours that a reader prefers."""

import re
from typing import Literal

Language = Literal["fr", "en"]
_PART = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")
_LONGEST = 500


def language_of(accepted: str) -> Language:
    """French or English, as `Accept-Language` (RFC 9110 §12.5.4) prefers; French when it says neither."""
    best: dict[str, float] = {}
    for part in accepted[:_LONGEST].split(","):
        found = _PART.fullmatch(part)
        if found:
            name = found[1].lower()
            best[name] = max(best.get(name, 0.0), float(found[2] or 1))
    other = best.get("*", 0.0)
    return "en" if best.get("en", other) > best.get("fr", other) else "fr"
