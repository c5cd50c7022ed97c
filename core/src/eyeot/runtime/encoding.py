"""Encoding: what actions answer, as JSON."""

import json
from decimal import Decimal
from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    """JSON of anything an action may answer."""
    return _dumped(value, 0)


def canonical(value: Any) -> bytes:
    """The same bytes for the same value, in whatever order its members were given."""
    return _dumped(value, orjson.OPT_SORT_KEYS)


def _dumped(value: Any, option: int) -> bytes:
    try:
        return orjson.dumps(value, default=_plain, option=option)
    except TypeError:
        # Lone surrogates, integers over 64 bits and very deep values are beyond orjson.
        text = json.dumps(
            value,
            default=_plain,
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=option == orjson.OPT_SORT_KEYS,
        )
        return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return str(value)
