"""Memory: answers that depend on their arguments only, kept."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, cast

F = TypeVar("F", bound=Callable[..., object])
_MOST = 20_000


def remembered(function: F) -> F:
    """Keep a function's answers, with its type (mypy loses it through `lru_cache`)."""
    return cast(F, lru_cache(maxsize=_MOST)(function))
