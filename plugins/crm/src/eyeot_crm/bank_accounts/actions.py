"""Actions: a bank account verified, and a change of account looked at as a fraud might be."""

from typing import Annotated, Any, Literal

from pydantic import Field

from eyeot import Conflict, Context, Event, Input, Output, Shows, action
from eyeot_crm.bank_accounts.record import Iban, PartyBankAccount, lifecycle
from eyeot_crm.ids import BankAccountId, PartyId
from eyeot_crm.parties import Party


class AccountVerified(Event, name="crm.party_bank_account.verified"):
    """A bank account was verified."""

    party_bank_account_id: BankAccountId
    party_id: PartyId
    method: str


class Verify(Input):
    """An account, how it was verified and what shows it."""

    id: BankAccountId
    method: Literal["vop", "document", "call"]
    proof: Annotated[
        str,
        Field(
            min_length=3,
            max_length=1_000,
            description="What showed it: the answer, the document, whom you called on which number.",
        ),
    ]


@action(
    "crm.party_bank_account.verify",
    risk="w",
    en=(
        "Verify a bank account; confirm an IBAN; record a verification of payee; a supplier's bank "
        "details are right"
    ),
    fr=(
        "Vérifier un compte bancaire; confirmer un IBAN; enregistrer une vérification du bénéficiaire; "
        "le RIB d'un fournisseur est bon"
    ),
    example={
        "id": "$crm.party_bank_account?status=unverified",
        "method": "call",
        "proof": "Rappelé au numéro connu : l'IBAN est confirmé.",
    },
    events=("crm.party_bank_account.verified",),
    record=PartyBankAccount,
)
async def verify(ctx: Context, data: Verify) -> PartyBankAccount:
    """Record how a bank account was verified; money may be sent to it from then on."""
    account = await ctx.get(PartyBankAccount, data.id, lock=True)
    if account.archived_at is not None:
        raise Conflict(
            reason="This account was put away.",
            remedy="Bring it back with crm.party_bank_account.restore first.",
            field="id",
        )
    lifecycle.take(account, "verify")
    account.verification, account.verified_at, account.proof = data.method, ctx.now, data.proof
    told = {"party_bank_account_id": account.id, "party_id": account.party_id}
    ctx.emit(AccountVerified.model_validate({**told, "method": data.method}))
    return account


class Suspect(Input):
    """A party, and the IBAN that we are asked to pay to."""

    party_id: PartyId
    iban: Iban


class Verdict(Output):
    """How the IBAN stands to what is known of the party, and what to do."""

    party_id: PartyId
    iban: str
    suspicious: bool
    signs: Annotated[
        list[
            Literal[
                "other_account_verified",
                "never_seen",
                "not_verified",
                "other_country",
                "belongs_to_another_party",
                "put_away",
            ]
        ],
        Field(description="What speaks against it."),
    ]
    known: list[Annotated[dict[str, Any], Shows("id")]]
    advice: str


@action(
    "crm.party_bank_account.detect_change_fraud",
    risk="r",
    en=(
        "Detect bank account fraud; a supplier changed its IBAN; is this IBAN the one we know; fake "
        "bank details; check before paying"
    ),
    fr=(
        "Détecter une fraude au changement de RIB; un fournisseur a changé d'IBAN; cet IBAN est-il celui "
        "que l'on connaît; faux RIB; vérifier avant de payer"
    ),
    example={"party_id": "$crm.party", "iban": "FR7630006000011234567890189"},
)
async def detect_change_fraud(ctx: Context, data: Suspect) -> Verdict:
    """Compare an IBAN with the accounts known of a party, and say what speaks against paying to it."""
    party = await ctx.get(Party, data.party_id)
    account = PartyBankAccount.c
    known = await ctx.find(PartyBankAccount, account.party_id == party.id)
    same = next((one for one in known if one.iban == data.iban), None)
    others = await ctx.find(
        PartyBankAccount, account.iban == data.iban, account.party_id != party.id, limit=1
    )
    verified = [one for one in known if one.status == "verified" and one is not same]
    signs: dict[Any, bool] = {
        "never_seen": same is None,
        "not_verified": same is not None and same.status != "verified",
        "put_away": same is not None and same.archived_at is not None,
        "other_account_verified": bool(verified) and (same is None or same.status != "verified"),
        "other_country": bool(verified) and all(one.iban[:2] != data.iban[:2] for one in verified),
        "belongs_to_another_party": bool(others),
    }
    found = [name for name, holds in signs.items() if holds]
    told = [
        {"id": (await ctx.view(one))["id"], "iban": one.iban, "status": one.status} for one in known
    ]
    return Verdict(
        party_id=party.id,
        iban=data.iban,
        suspicious=bool(found),
        signs=found,
        known=told,
        advice=_advice(ctx, suspicious=bool(found)),
    )


def _advice(ctx: Context, *, suspicious: bool) -> str:
    french = ctx.locale.startswith("fr")
    if not suspicious:
        return "Compte vérifié de ce tiers." if french else "A verified account of this party."
    if french:
        return (
            "Ne payez pas avant d'avoir rappelé le tiers à un numéro déjà connu, jamais à celui du"
            " message reçu, puis crm.party_bank_account.verify."
        )
    return (
        "Do not pay before calling the party back on a number known from before, never the one in the"
        " message; then crm.party_bank_account.verify."
    )
