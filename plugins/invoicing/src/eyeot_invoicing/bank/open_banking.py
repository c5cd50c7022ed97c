"""Open banking: accounts read through Enable Banking, which speaks to banks under PSD2 for whoever it knows.

Source: Enable Banking API reference: an application signs a JWT (RS256, `kid` its id), `POST /auth` gives the
address at which its owner agrees, `POST /sessions` turns the code that comes back into a session, and
`GET /accounts/{uid}/transactions` tells movements page by page (`continuation_key`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from eyeot import Conflict, Context, Fetched, Provider, ProviderUnavailable, invalid
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.bank.formats.sheet import Movement, Unreadable, amount_of, day_of, text

PROVIDER = Provider(
    name="open_banking",
    doc=(
        "Enable Banking, by which accounts are read at their banks",
        "Enable Banking, par où les comptes sont lus auprès des banques",
    ),
    url="https://api.enablebanking.com",
    largest=4 * 1024 * 1024,
    patience=60.0,
)
_ISSUER, _AUDIENCE = "enablebanking.com", "api.enablebanking.com"
_VALID: Final = timedelta(hours=2)
_BOOKED = "BOOK"
_BALANCES = ("ITBD", "CLBD", "XPCD")
"""The kinds of balances that count what is booked, the latest first."""
_LONGEST_CODE = 60


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is kept sealed for an account."""

    key: str
    """The application's private key, as PEM."""
    session: str = ""
    uid: str = ""
    """What the provider calls the account in that session."""

    def sealed(self, ctx: Context, account: BankAccount) -> str:
        """The same, as it may be stored."""
        told = {"key": self.key, "session": self.session, "uid": self.uid}
        return ctx.outside.seal(orjson.dumps(told).decode(), about(account))


def about(account: BankAccount) -> str:
    """What the secrets of an account are sealed for."""
    return f"invoicing.bank_account {account.id}"


def secrets_of(ctx: Context, account: BankAccount) -> Secrets | None:
    """What is kept sealed; none where nothing is, or this deployment does not open it."""
    opened = (
        ctx.outside.unseal(account.credentials, about(account)) if account.credentials else None
    )
    return Secrets(**orjson.loads(opened)) if opened else None


def checked_key(pem: str) -> str:
    """A private RSA key as PEM; refused when it is none."""
    try:
        key = RSAKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        key = None
    if key is None or not key.is_private:
        raise invalid("private_key", "give the application's private RSA key, as PEM")
    return pem


@dataclass(frozen=True, slots=True)
class Page:
    """A page of movements."""

    movements: list[Movement]
    pending: int
    following: str | None
    """By what the next page is asked for; none on the last."""


class Bank:
    """Enable Banking, as one application knows it."""

    def __init__(self, ctx: Context, application_id: str, key: str) -> None:
        # To the hour, so that a call that is begun again asks the same.
        at = int(ctx.now.replace(minute=0, second=0, microsecond=0).timestamp())
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "iat": at,
            "exp": at + int(_VALID.total_seconds()),
        }
        head = {"typ": "JWT", "alg": "RS256", "kid": application_id}
        self._token = jwt.encode(head, claims, RSAKey.import_key(key), algorithms=["RS256"])
        self._ctx = ctx

    def authorize(self, told: Mapping[str, Any]) -> str:
        """The address at which the account's owner agrees at the bank (`POST /auth`)."""
        return str(self._object(self._post("/auth", told)).get("url") or "")

    def session(self, code: str) -> dict[str, Any]:
        """The session that a code opens, with its accounts (`POST /sessions`)."""
        return self._object(self._post("/sessions", {"code": code}))

    def booked(self, uid: str) -> Decimal | None:
        """What is booked on an account (`GET /accounts/{uid}/balances`)."""
        told = self._object(self._get(f"/accounts/{uid}/balances", {}))
        rows = {one.get("balance_type"): one for one in rows_of(told, "balances")}
        found = next((rows[kind] for kind in _BALANCES if kind in rows), None)
        return None if found is None else amount_of(str(_part(found, "balance_amount", "amount")))

    def page(self, uid: str, first: date, last: date, following: str | None) -> Page:
        """A page of an account's movements (`GET /accounts/{uid}/transactions`)."""
        query = {"date_from": first.isoformat(), "date_to": last.isoformat()}
        if following:
            query["continuation_key"] = following
        told = self._object(self._get(f"/accounts/{uid}/transactions", query))
        rows = rows_of(told, "transactions")
        booked = [one for one in rows if one.get("status", _BOOKED) == _BOOKED]
        following = told.get("continuation_key") or None
        movements = [movement(one) for one in booked]
        return Page(movements, len(rows) - len(booked), str(following) if following else None)

    def _post(self, path: str, body: Mapping[str, Any]) -> Fetched:
        return self._ctx.fetch(PROVIDER, "POST", path, headers=self._head, body=dict(body))

    def _get(self, path: str, query: Mapping[str, str]) -> Fetched:
        return self._ctx.fetch(PROVIDER, "GET", path, headers=self._head, query=query)

    @property
    def _head(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}", "accept": "application/json"}

    def _object(self, found: Fetched) -> dict[str, Any]:
        try:
            told: Any = orjson.loads(found.body)
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, dict):
            raise ProviderUnavailable(
                provider=PROVIDER.name, reason="its answer is no JSON object", answered=found.status
            )
        if not found.ok:
            said = text(str(told.get("message") or told.get("error") or found.status), 300)
            raise Conflict(
                reason=f"The bank does not let us read: {said}.",
                remedy="Where the consent ended or was taken back, begin again with"
                " invoicing.bank_account.renew_consent.",
            )
        return told


def until(told: Mapping[str, Any]) -> date | None:
    """The day until which a session may be used."""
    try:
        return datetime.fromisoformat(str(_part(told, "access", "valid_until"))).date()
    except ValueError:
        return None


def iban_of(account: Mapping[str, Any]) -> str:
    """The IBAN of an account of a session."""
    return str(_part(account, "account_id", "iban") or "").replace(" ", "")


def movement(row: Mapping[str, Any]) -> Movement:
    """A movement as it is told; `Unreadable` where it tells no amount, direction or day."""
    amount = amount_of(str(_part(row, "transaction_amount", "amount")))
    direction = row.get("credit_debit_indicator")
    if direction not in ("CRDT", "DBIT") or amount <= 0:
        raise Unreadable("has an amount without a direction (credit_debit_indicator)")
    side = "debtor" if direction == "CRDT" else "creditor"
    days = [row.get(name) for name in ("booking_date", "value_date", "transaction_date")]
    words = row.get("remittance_information")
    return Movement(
        booked_on=day_of(next((str(one) for one in days if one), "")),
        value_on=day_of(str(row["value_date"])) if row.get("value_date") else None,
        amount=amount if direction == "CRDT" else -amount,
        counterparty=text(str(_part(row, side, "name") or ""), 140),
        iban=text(str(_part(row, f"{side}_account", "iban") or ""), 34),
        remittance=text(" ".join(map(str, words)) if isinstance(words, list) else ""),
        bank_code=_code(row),
        reference=text(str(row.get("entry_reference") or ""), 100),
    )


def _code(row: Mapping[str, Any]) -> str:
    parts = [_part(row, "bank_transaction_code", name) for name in ("code", "sub_code")]
    told = "-".join(str(one) for one in parts if one)
    return (told or str(_part(row, "bank_transaction_code", "description") or ""))[:_LONGEST_CODE]


def _part(row: Mapping[str, Any], name: str, inner: str) -> Any:
    told = row.get(name)
    return told.get(inner) if isinstance(told, dict) else None


def rows_of(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    rows = told.get(name)
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
