"""Kinds: what stands on an account, by how its code begins."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from eyeot_invoicing.ledger.accounts import LedgerAccount


@cache
def _kinds() -> dict[str, dict[str, Any]]:
    text = files("eyeot_invoicing.ledger").joinpath("kinds.toml").read_text("utf-8")
    return {one["prefix"]: one for one in tomllib.loads(text)["kind"]}


def account_of(code: str, name: str) -> LedgerAccount:
    """A new account of that code, of the kind that the plan comptable général gives it."""
    kinds = _kinds()
    fits = [code[:length] for length in range(len(code), 0, -1) if code[:length] in kinds]
    kind: dict[str, Any] = kinds[fits[0]] if fits else {"type": "off_balance"}
    return LedgerAccount(
        code=code,
        name=name[:200],
        type=kind["type"],
        reconcilable=kind.get("reconcilable", False),
    )
