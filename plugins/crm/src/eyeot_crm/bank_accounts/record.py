"""Party bank account: an IBAN of a party, and how far it was verified."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from eyeot import (
    Conflict,
    Context,
    Lifecycle,
    Record,
    RecordEvent,
    Resource,
    Through,
    by_hand,
    field,
    invalid,
    ref,
    within,
)
from eyeot_crm.parties import Party


def _iban(value: str) -> str:
    try:
        return str(IBAN(value, validate_bban=True))
    except SchwiftyException:
        told = "Not an IBAN: its length, bank code or check digits are wrong (ISO 13616)."
        raise PydanticCustomError("iban", told) from None


def _bic(value: str) -> str:
    try:
        return str(BIC(value))
    except SchwiftyException:
        told = "Not a BIC: 8 or 11 characters (ISO 9362)."
        raise PydanticCustomError("bic", told) from None


Iban = Annotated[
    str,
    AfterValidator(_iban),
    WithJsonSchema({"type": "string", "description": "IBAN (ISO 13616)."}),
]
Bic = Annotated[
    str, AfterValidator(_bic), WithJsonSchema({"type": "string", "description": "BIC (ISO 9362)."})
]


class PartyBankAccount(
    Record,
    name="crm.party_bank_account",
    prefix="pba",
    label="iban",
    hint=("holder", "status"),
    search=("iban", "holder"),
    exact=("iban",),
    unique=(("party_id", "iban"),),
    reach=Through("party_id"),
    state="status",
):
    """A bank account of a party, to which money may be sent once it is verified."""

    party_id: UUID = ref("crm.party", "Whose account.", access="create", personal=True)
    iban: Iban = field("The IBAN.", access="create", max_length=34, personal=True)
    bic: Bic | None = field("The BIC; found from the IBAN.", max_length=11, default=None)
    holder: str | None = field(
        "The name on the account; the party's when left out.",
        max_length=140,
        default=None,
        personal=True,
    )
    is_default: bool = field("Whether money goes here unless told otherwise.", default=False)
    status: Literal["unverified", "verified", "revoked"] = field(
        "Whether it was verified.", access="read", default="unverified"
    )
    verification: Literal["vop", "document", "call", "none"] = field(
        "How: verification of payee, a document, a call back.", access="read", default="none"
    )
    verified_at: datetime | None = field("When.", access="read", default=None)
    proof: str | None = field(
        "What showed it.", access="read", max_length=1_000, default=None, personal=True
    )


lifecycle = Lifecycle("status", "unverified", (by_hand("verify", "unverified", to="verified"),))
putting_away = Lifecycle(
    "status",
    "unverified",
    (
        by_hand("revoke", "unverified", "verified", to="revoked"),
        by_hand("bring_back", "revoked", to="unverified"),
    ),
)
"""An account that is put away is paid no more; one that is brought back is verified anew."""


async def prepare(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Name its bank and holder; a change of holder is to be verified again; one default each."""
    party = await ctx.get(Party, row.party_id, lock=True)
    row.holder = row.holder or party.name
    if found := IBAN(row.iban).bic:
        if row.bic and row.bic[:8] != str(found)[:8]:
            raise invalid("bic", f"the bank of that IBAN has the BIC {found}")
        row.bic = row.bic or str(found)
    if not row.is_new and "holder" in values and row.status == "verified":
        raise Conflict(
            reason="The holder of a verified account is not changed.",
            remedy="Create the account anew with crm.party_bank_account.create and verify it.",
            field="holder",
        )
    if values.get("is_default"):
        theirs = PartyBankAccount.c.party_id == row.party_id
        for other in await ctx.find(PartyBankAccount, theirs, PartyBankAccount.c.is_default):
            if other is not row:
                other.is_default = False


party_bank_accounts = Resource(
    PartyBankAccount,
    adding="list get create update archive restore history search",
    en="party bank account; party bank accounts; IBAN; bank details of a supplier or customer",
    fr="compte bancaire de tiers; comptes bancaires de tiers; IBAN; RIB; coordonnées bancaires",
    lifecycle=lifecycle,
    prepare=prepare,
    example={"party_id": "$crm.party", "iban": "FR7630006000011234567890189"},
)


@within("crm.party_bank_account.updated")
async def follow(ctx: Context, event: RecordEvent) -> None:
    """Revoke an account that is put away; one that comes back is to be verified again."""
    if "archived_at" not in event.fields:
        return
    account = await ctx.get(PartyBankAccount, event.id, lock=True)
    if account.archived_at is not None and account.status != "revoked":
        putting_away.take(account, "revoke")
        account.is_default = False
    elif account.archived_at is None and account.status == "revoked":
        putting_away.take(account, "bring_back")
        account.verification, account.verified_at, account.proof = "none", None, None
