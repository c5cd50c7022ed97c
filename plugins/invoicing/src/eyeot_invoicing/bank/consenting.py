"""Consenting: the owner of an account lets us read it at its bank, for 180 days at most."""

import datetime as dt
import hashlib
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import Field

from eyeot import Conflict, Context, Input, Output, Secret, action, invalid
from eyeot.types import Url
from eyeot_invoicing.bank.accounts import BankAccount, refuse_closed
from eyeot_invoicing.bank.open_banking import (
    Bank,
    Secrets,
    checked_key,
    iban_of,
    rows_of,
    secrets_of,
    until,
)
from eyeot_invoicing.ids import BankAccountId

DAYS = 180
"""How long a consent lasts at most (Delegated Regulation (EU) 2018/389, art. 10a, as of 2022/2360)."""


class Consent(Input):
    """An account, and what is new: who we are for the provider, or what the bank sent back."""

    bank_account_id: BankAccountId
    bank: Annotated[
        str | None,
        Field(max_length=100, description="The bank, as the provider's list of banks names it."),
    ] = None
    application_id: Annotated[
        str | None, Field(max_length=100, description="Of the application at Enable Banking.")
    ] = None
    private_key: Annotated[
        str | None,
        Secret,
        Field(max_length=8000, description="Of that application, as PEM. Kept sealed."),
    ] = None
    redirect_url: Annotated[
        Url | None,
        Field(description="Where the bank sends whoever agreed; registered with the application."),
    ] = None
    came_back_to: Annotated[
        str | None,
        Secret,
        Field(
            max_length=4000,
            description="Second step: the whole address that the bank sent the person back to.",
        ),
    ] = None


class Consented(Output):
    """Where it stands."""

    bank_account_id: BankAccountId
    step: Literal["agree_at_bank", "connected"]
    url: Annotated[
        str | None, Field(description="Where the account's owner agrees; then call again.")
    ] = None
    consent_until: dt.date | None = None


@action(
    "invoicing.bank_account.renew_consent",
    risk="e",
    en=(
        "Renew the consent of a bank; connect a bank account; open banking; let us read the account; the "
        "bank connection expired"
    ),
    fr=(
        "Renouveler le consentement bancaire; connecter un compte bancaire; synchroniser la banque; "
        "autoriser la lecture du compte; la connexion à la banque a expiré"
    ),
    example={"bank_account_id": "$invoicing.bank_account?status=active"},
    record=BankAccount,
    next=("invoicing.bank_account.sync",),
)
async def renew_consent(ctx: Context, data: Consent) -> Consented:
    """Begin a consent of 180 days, or end it with the address that the bank sent its owner back to.

    The first call answers an address at which the account's owner agrees at the bank. The second, with the
    address that the browser ended at, opens the session by which movements are fetched.
    """
    account = await ctx.get(BankAccount, data.bank_account_id, lock=True)
    refuse_closed(account)
    if account.iban is None:
        raise Conflict(
            reason=f"{account.name} has no IBAN, by which the bank's account is known.",
            remedy="Make an account with its IBAN: invoicing.bank_account.create.",
        )
    secrets = await _known(ctx, account, data)
    assert account.application_id
    bank = Bank(ctx, account.application_id, secrets.key)
    state = _state(secrets, account)
    if data.came_back_to is None:
        url = bank.authorize(_asked(ctx, account, state))
        account.credentials = secrets.sealed(ctx, account)
        return Consented(
            bank_account_id=account.id,
            step="agree_at_bank",
            url=url,
            consent_until=account.consent_until,
        )
    told = bank.session(_code(data.came_back_to, state))
    _connected(ctx, account, secrets, told)
    return Consented(
        bank_account_id=account.id, step="connected", consent_until=account.consent_until
    )


async def _known(ctx: Context, account: BankAccount, data: Consent) -> Secrets:
    """Who we are for the provider: as given now, as kept, or as another account of ours has it."""
    kept, like = secrets_of(ctx, account), account
    if kept is None and data.private_key is None:
        c = BankAccount.c
        others = await ctx.find(BankAccount, c.credentials.is_not(None), order=c.id, limit=20)
        like = next((one for one in others if secrets_of(ctx, one)), account)
        other = secrets_of(ctx, like)
        kept = Secrets(other.key) if other else None
    account.application_id = data.application_id or like.application_id
    account.redirect_url = data.redirect_url or account.redirect_url or like.redirect_url
    account.bank_name = data.bank or account.bank_name
    key = checked_key(data.private_key) if data.private_key else kept.key if kept else None
    wanted = {
        "application_id": account.application_id,
        "private_key": key,
        "redirect_url": account.redirect_url,
        "bank": account.bank_name,
    }
    for name, value in wanted.items():
        if not value:
            raise invalid(name, "the first time, say by which application and bank it is read")
    assert key
    return Secrets(key, kept.session, kept.uid) if kept else Secrets(key)


def _state(secrets: Secrets, account: BankAccount) -> str:
    """What comes back with the answer, which nobody without the key can make up."""
    told = f"{secrets.key}|{account.id}|{account.consent_until}|{secrets.session}"
    return hashlib.sha256(told.encode()).hexdigest()


def _asked(ctx: Context, account: BankAccount, state: str) -> dict[str, Any]:
    end = dt.datetime.combine(ctx.today + dt.timedelta(days=DAYS), dt.time(), dt.UTC)
    return {
        "access": {"valid_until": end.isoformat(), "balances": True, "transactions": True},
        "aspsp": {"name": account.bank_name, "country": (account.iban or "FR")[:2]},
        "state": state,
        "redirect_url": account.redirect_url,
        "psu_type": "business",
        "language": ctx.locale[:2],
    }


def _code(address: str, state: str) -> str:
    """The code within the address that the bank sent somebody back to."""
    told = parse_qs(urlsplit(address).query)
    if told.get("error"):
        raise Conflict(
            reason=f"The bank says that it was not agreed: {told['error'][0][:200]}.",
            remedy="Begin again with invoicing.bank_account.renew_consent.",
        )
    if told.get("state") != [state]:
        raise invalid("came_back_to", "is no answer to what was last begun for this account")
    if not told.get("code"):
        raise invalid("came_back_to", "holds no code: give the whole address")
    return told["code"][0]


def _connected(ctx: Context, account: BankAccount, secrets: Secrets, told: dict[str, Any]) -> None:
    """Keep the session, if the account is among those that its owner let us read."""
    mine = next((one for one in rows_of(told, "accounts") if iban_of(one) == account.iban), None)
    if mine is None or not mine.get("uid") or not told.get("session_id"):
        raise Conflict(
            reason=f"The account {account.iban} is not among those that may be read now.",
            remedy="Agree again, and choose it: invoicing.bank_account.renew_consent.",
        )
    kept = Secrets(secrets.key, str(told["session_id"]), str(mine["uid"]))
    account.credentials = kept.sealed(ctx, account)
    account.connector = "open_banking"
    limit = ctx.today + dt.timedelta(days=DAYS)
    account.consent_until = min(until(told) or limit, limit)
