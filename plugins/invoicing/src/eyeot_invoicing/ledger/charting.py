"""Charting: loads the whole plan comptable général, or that of associations, into an organisation's chart."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field

from eyeot import Context, Input, Output, action
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.kinds import account_of

Variant = Literal["pcg", "association"]
_DIGITS = 6


@cache
def plan(variant: Variant) -> dict[str, str]:
    """The accounts of a variant, by code of six digits."""
    names = ("pcg.txt", "pcg_association.txt") if variant == "association" else ("pcg.txt",)
    found: dict[str, str] = {}
    for name in names:
        text = files("eyeot_invoicing.ledger").joinpath(name).read_text("utf-8")
        for line in text.splitlines():
            code, _, label = line.partition(" ")
            if code.isdigit():
                found[code.ljust(_DIGITS, "0")] = label
    return dict(sorted(found.items()))


class Load(Input):
    """Which chart."""

    variant: Annotated[
        Variant,
        Field(description="pcg: règlement ANC 2014-03; association: with those of 2018-06."),
    ] = "pcg"


class Loaded(Output):
    """What was added; what was there stays as it is."""

    variant: str
    added: int
    known: int
    codes: Annotated[list[str], Field(description="The codes that were added.")]


@action(
    "invoicing.ledger_account.load_chart",
    risk="w",
    en=(
        "Load the chart of accounts; load the French chart; add the whole PCG; chart of accounts of "
        "an association"
    ),
    fr=(
        "Charger le plan comptable; charger le PCG; ajouter tous les comptes; plan comptable des "
        "associations"
    ),
    example={"variant": "pcg"},
    record=LedgerAccount,
    next=("invoicing.ledger_account.list",),
)
async def load_chart(ctx: Context, data: Load) -> Loaded:
    """Add every account of the official chart that is not there yet; existing accounts are left alone.

    Source: règlement ANC 2014-03 as amended by 2022-06, art. 932-1; règlement ANC 2018-06.
    """
    wanted = plan(data.variant)
    c = LedgerAccount.c
    there = {one.code for one in await ctx.find(LedgerAccount, c.code.in_(list(wanted)))}
    added = [code for code in wanted if code not in there]
    for code in added:
        await ctx.add(account_of(code, wanted[code]))
    return Loaded(variant=data.variant, added=len(added), known=len(there), codes=added)
