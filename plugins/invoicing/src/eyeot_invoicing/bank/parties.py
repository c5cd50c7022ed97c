"""Parties: who is behind a movement, by what is known of them at banks."""

import re
import unicodedata
from uuid import UUID

from rapidfuzz import fuzz

from eyeot import Conflict, Context, Input, RecordRef, action
from eyeot_crm.parties import Party
from eyeot_invoicing.bank.statements import BankIdentity, BankTransaction
from eyeot_invoicing.ids import BankTransactionId, PartyId

ALIKE = 88
"""Of 100: names that are alike enough to be one."""
_LEGAL = frozenset({
    "SARL", "SAS", "SASU", "SA", "EURL", "SCI", "SNC", "EI", "STE", "SOCIETE", "ETS", "ETABLISSEMENTS",
    "M", "MME", "MR", "MLLE", "MONSIEUR", "MADAME",
})  # fmt: skip
"""Words that banks add to names, or leave out."""
_WORDS = re.compile(r"[A-Z0-9]+")
_MOST_LOOKED_UP = 5


def folded(name: str) -> str:
    """A name as banks vary it: capitals without accents, legal forms left out."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    words = _WORDS.findall(plain)
    return " ".join([one for one in words if one not in _LEGAL] or words)[:140]


def alike(one: str, other: str) -> float:
    """How much two names are one, from 0 to 100."""
    return float(fuzz.token_sort_ratio(folded(one), folded(other)))


async def known_party(ctx: Context, transaction: BankTransaction) -> tuple[UUID, str] | None:
    """Who a movement is from or to, and by what that is known: said, iban or name."""
    if transaction.party_id is not None:
        return transaction.party_id, "said"
    c = BankIdentity.c
    for kind, value in (
        ("iban", transaction.counterparty_iban),
        ("name", folded(transaction.counterparty or "")),
    ):
        if not value:
            continue
        found = await ctx.first(BankIdentity, c.kind == kind, c.value == value)
        if found:
            return found.party_id, kind
    return None


async def named_parties(ctx: Context, transaction: BankTransaction) -> list[Party]:
    """Parties whose name is that of the counterparty, as far as names tell."""
    name = transaction.counterparty
    if not name:
        return []
    hits = await ctx.lookup(name, ("crm.party",), _MOST_LOOKED_UP)
    if not hits:
        return []
    ids = [RecordRef.parse(one["id"]).id for one in hits]
    found = await ctx.find(Party, Party.c.id.in_(ids))
    return [one for one in found if alike(one.name, name) >= ALIKE]


class Assign(Input):
    """A movement, and who it is from or to."""

    id: BankTransactionId
    party_id: PartyId


@action(
    "invoicing.bank_transaction.assign_party",
    risk="w",
    en=(
        "Say who a bank transaction is from or to; set the third party of a bank movement; this transfer "
        "comes from this customer"
    ),
    fr=(
        "Affecter un tiers à une opération bancaire; dire de qui vient un virement; ce virement vient de ce "
        "client; reconnaître un payeur"
    ),
    example={
        "id": "$invoicing.bank_transaction?status=unmatched",
        "party_id": "$crm.party?kind=company",
    },
    record=BankTransaction,
    next=("invoicing.bank_transaction.suggest_matches",),
)
async def assign_party(ctx: Context, data: Assign) -> BankTransaction:
    """Say who a movement is from or to, and know their IBAN and name from now on."""
    transaction = await ctx.get(BankTransaction, data.id, lock=True)
    party = await ctx.get(Party, data.party_id)
    if transaction.status == "matched" and transaction.party_id not in (None, party.id):
        raise Conflict(
            reason="The movement is matched with documents of another party.",
            remedy="Take that back with invoicing.bank_transaction.unmatch first.",
            field="party_id",
        )
    transaction.party_id = party.id
    await learn(ctx, transaction, party.id)
    return transaction


async def learn(ctx: Context, transaction: BankTransaction, party_id: UUID) -> None:
    """Know a party by the IBAN and name of a movement; the latest word counts."""
    c = BankIdentity.c
    values = {
        "iban": transaction.counterparty_iban,
        "name": folded(transaction.counterparty or ""),
    }
    for kind, value in values.items():
        if not value:
            continue
        found = await ctx.first(BankIdentity, c.kind == kind, c.value == value)
        if found is None:
            await ctx.add(BankIdentity(party_id=party_id, kind=kind, value=value))  # type: ignore[arg-type]
        elif found.party_id != party_id:
            found.party_id = party_id
